/**
 * Records that were set aside instead of ending the run.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { DeadLetter } from "./store/DeadLetter.ts"
export { DeadLetters, DeadLettersError, type Summary } from "./store/DeadLetters.ts"
export { type DeadLetterFiles, layerFileSystem } from "./store/deadLettersInFiles.ts"
export { layerMemory } from "./store/deadLettersInMemory.ts"
