/**
 * For the tests of those who use Millrace. Knows no test framework.
 *
 * @stability unstable
 * @since 0.1.0
 */
export * as TestPipeline from "./TestPipeline.ts"
