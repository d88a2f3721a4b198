import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Law, Temporal } from "@millrace/core/testing"
import { Arbitrary, Effect, Schema } from "effect"

type Verdict = Temporal.Verdict
/** The letters of a word are the sets of the atoms that hold there. */
type Letter = ReadonlyArray<number>
type Formula = Temporal.Formula<Temporal.Predicate<Letter>>
type Three = boolean | undefined

const below = (end: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: end - 1 })))

const or = (left: Three, right: Three): Three => left === true || right === true ? true : left === false && right === false ? false : undefined
const not = (value: Three): Three => value === undefined ? undefined : !value
const and = (left: Three, right: Three): Three => not(or(not(left), not(right)))

/** By the definitions, over all places, with nothing known of letters that have not come. */
const meaning = (formula: Formula, word: ReadonlyArray<Letter>, at: number): Three => {
  switch (formula._tag) {
    case "Constant":
      return formula.value
    case "Now":
      return word[at] === undefined ? undefined : formula.atom(word[at])
    case "Not":
      return not(meaning(formula.formula, word, at))
    case "And":
      return and(meaning(formula.left, word, at), meaning(formula.right, word, at))
    case "Or":
      return or(meaning(formula.left, word, at), meaning(formula.right, word, at))
    case "Next":
      return meaning(formula.formula, word, at + 1)
    case "Until":
    case "Release": {
      // Beyond the word all places are the same, so a few stand for ever.
      const last = at + Math.min(formula.batches, Math.max(0, word.length - at) + 3)
      const one = (place: number): Three => {
        const right = meaning(formula.right, word, place)
        const lefts = Array.from({ length: place - at }, (_, before) => meaning(formula.left, word, at + before))
        return formula._tag === "Until" ? lefts.reduce(and, right) : lefts.reduce(or, right)
      }
      const all = Array.from({ length: last - at }, (_, before) => one(at + before))
      return formula._tag === "Until" ? all.reduce<Three>(or, false) : all.reduce<Three>(and, true)
    }
  }
}

const naive = (formula: Formula, word: ReadonlyArray<Letter>): Verdict => {
  for (let batch = 0; batch <= word.length; batch++) {
    const known = meaning(formula, word.slice(0, batch), 0)
    if (known !== undefined) return { _tag: known ? "Proven" : "Falsified", batch }
  }
  return { _tag: "Undecided" }
}

const atoms = 3

/** A formula out of a list of numbers, read from the front, so that a failing one shrinks. */
const formulaOf = <T>(
  genes: ReadonlyArray<number>,
  atom: (n: number) => Temporal.Formula<T>,
  negate: ((formula: Temporal.Formula<T>) => Temporal.Formula<T>) | undefined,
  forEver = true
): Temporal.Formula<T> => {
  let next = 0
  const gene = () => genes[next++] ?? 0
  const within = () => {
    const batches = gene() % 5
    return batches === 4 && forEver ? {} : { batches }
  }
  const read = (depth: number): Temporal.Formula<T> => {
    const choice = depth === 0 ? gene() % 3 : gene() % 12
    switch (choice) {
      case 3:
        return negate === undefined ? Temporal.holds : gene() % 4 === 0 ? Temporal.fails : Temporal.holds
      case 4:
        return negate === undefined ? read(depth - 1) : negate(read(depth - 1))
      case 5:
        return Temporal.and(read(depth - 1), read(depth - 1))
      case 6:
        return Temporal.or(read(depth - 1), read(depth - 1))
      case 7:
        return Temporal.next(read(depth - 1))
      case 8:
        return Temporal.until(read(depth - 1), read(depth - 1), within())
      case 9:
        return Temporal.release(read(depth - 1), read(depth - 1), within())
      case 10:
        return Temporal.always(read(depth - 1), within())
      case 11:
        return Temporal.eventually(read(depth - 1), within())
      default:
        return atom(choice % atoms)
    }
  }
  return read(3)
}

const predicates = Array.from({ length: atoms }, (_, n) => Temporal.now((letter: Letter) => letter.includes(n)))
const predicate = (n: number): Formula => predicates[n] ?? Temporal.fails
const genes = Arbitrary.array(below(60), { maxLength: 40 })
const word = Arbitrary.array(Arbitrary.array(below(atoms), { maxLength: atoms }), { maxLength: 8 })
const few = { runs: 1_500, size: 60 }

describe("Temporal", () => {
  const p = predicate(0)
  const q = predicate(1)
  const neither: Letter = []
  const cases: Readonly<Record<string, readonly [Formula, ReadonlyArray<Letter>, Verdict]>> = {
    "now is decided by the first batch": [p, [[0]], { _tag: "Proven", batch: 1 }],
    "nothing is known of no batch": [p, [], { _tag: "Undecided" }],
    "what holds of anything needs no batch": [Temporal.next(Temporal.holds), [], { _tag: "Proven", batch: 0 }],
    "next waits for its batch": [Temporal.next(p), [[0]], { _tag: "Undecided" }],
    "next is of the next batch": [Temporal.next(p), [[], [0]], { _tag: "Proven", batch: 2 }],
    "always lasts as many batches as it says": [
      Temporal.always(p, { batches: 2 }),
      [[0], [0], []],
      { _tag: "Proven", batch: 2 }
    ],
    "always for ever is never proven": [Temporal.always(p), [[0], [0]], { _tag: "Undecided" }],
    "always names the batch that broke it": [Temporal.always(p), [[0], [0], [], [0]], { _tag: "Falsified", batch: 3 }],
    "eventually takes the last batch it may": [
      Temporal.eventually(p, { batches: 3 }),
      [[], [], [0]],
      { _tag: "Proven", batch: 3 }
    ],
    "eventually comes too late": [Temporal.eventually(p, { batches: 2 }), [[], [], [0]], { _tag: "Falsified", batch: 2 }],
    "until needs no left where the right is there at once": [Temporal.until(p, q), [[1]], { _tag: "Proven", batch: 1 }],
    "until breaks where the left does": [Temporal.until(p, q), [[0], neither, [1]], { _tag: "Falsified", batch: 2 }],
    "until is not until the end": [Temporal.until(p, q, { batches: 2 }), [[0], [0], [1]], { _tag: "Falsified", batch: 2 }],
    "release wants the right with the left": [Temporal.release(p, q), [[1], [0]], { _tag: "Falsified", batch: 2 }],
    "release is over with both": [Temporal.release(p, q), [[1], [0, 1], neither], { _tag: "Proven", batch: 2 }],
    "within no batches all hold and none does": [
      Temporal.and(Temporal.always(p, { batches: 0 }), Temporal.not(Temporal.eventually(p, { batches: 0 }))),
      [],
      { _tag: "Proven", batch: 0 }
    ]
  }
  for (const [title, [formula, letters, verdict]] of Object.entries(cases)) {
    it(title, () => {
      assert.deepStrictEqual(Temporal.evaluate(formula, letters), verdict)
      assert.deepStrictEqual(naive(formula, letters), verdict)
    })
  }

  const law = Law.make("the evaluator agrees with a naive one", Arbitrary.all([genes, word]), ([genes, word]) => {
    const formula = formulaOf(genes, predicate, Temporal.not)
    return Law.same("another verdict", Temporal.evaluate(formula, word), naive(formula, word))
  }, few)
  it.effect(law.name, () => law.check)

  const binary = (name: string, left: (f: Formula, g: Formula, n: number) => Formula, right: typeof left) => {
    const law = Law.make(name, Arbitrary.all([genes, genes, below(5), word]), ([left1, right1, n, word]) => {
      const [f, g] = [formulaOf(left1, predicate, Temporal.not), formulaOf(right1, predicate, Temporal.not)]
      return Law.same("the sides differ", naive(left(f, g, n), word), naive(right(f, g, n), word)).pipe(
        Effect.andThen(
          Law.same("the verdicts differ", Temporal.evaluate(left(f, g, n), word), Temporal.evaluate(right(f, g, n), word))
        )
      )
    }, few)
    it.effect(name, () => law.check)
  }
  const { always, and: both, eventually, implies, next, not: no, or: either, release, until } = Temporal
  binary("not both is either not", (f, g) => no(both(f, g)), (f, g) => either(no(f), no(g)))
  binary("not twice is not at all", (f) => no(no(f)), (f) => f)
  binary("implies is either not or", implies, (f, g) => either(no(f), g))
  binary("not always is eventually not", (f, _, n) => no(always(f, { batches: n })), (f, _, n) => eventually(no(f), { batches: n }))
  binary("not until is release of nots", (f, g) => no(until(f, g)), (f, g) => release(no(f), no(g)))
  binary("until unfolds", (f, g, n) => until(f, g, { batches: n + 1 }), (f, g, n) =>
    either(g, both(f, next(until(f, g, { batches: n })))))
  binary("release unfolds", (f, g, n) => release(f, g, { batches: n + 1 }), (f, g, n) =>
    both(g, either(f, next(release(f, g, { batches: n })))))
  binary("eventually unfolds for ever", (f) => eventually(f), (f) => either(f, next(eventually(f))))
  binary("always of both is both always", (f, g, n) => always(both(f, g), { batches: n }), (f, g, n) =>
    both(always(f, { batches: n }), always(g, { batches: n })))

  it("a formula that asks the same for ever does not grow", () => {
    const formula = always(implies(p, eventually(q, { batches: 20 })))
    const steps = Array.from({ length: 50_000 }, (_, n): Letter => n % 17 === 16 ? [1] : [0])
    assert.deepStrictEqual(Temporal.evaluate(formula, steps), { _tag: "Undecided" })
    assert.deepStrictEqual(Temporal.evaluate(formula, [...steps, ...steps.map((): Letter => [0])]), {
      _tag: "Falsified",
      batch: 50_000 + 20 - 50_000 % 17
    })
  })

  it("refuses numbers of batches that are none", () => {
    for (const batches of [-1, 0.5, NaN]) assert.throws(() => always(p, { batches }), RangeError)
  })

  describe("words", () => {
    const arbitraries = Array.from({ length: atoms }, (_, n) => Temporal.now(Arbitrary.Constant([n] as const)))
    const made = (genes: ReadonlyArray<number>) =>
      Temporal.words<number>(formulaOf(genes, (n) => arbitraries[n] ?? Temporal.fails, undefined, false))
    const fulfilled = Law.make("what is made fulfils the formula", Arbitrary.filter(genes, (genes) => !impossible(genes)), (genes) =>
      Effect.flatMap(Effect.orDie(Arbitrary.sampleEffect(made(genes), { count: 5 })), (words) =>
        Effect.forEach(words, (word) => {
          const padded = [...word, ...Array.from({ length: 20 }, () => [])]
          const verdict = Temporal.evaluate(formulaOf(genes, predicate, undefined, false), padded)
          return Law.same("not as the formula says", [verdict._tag, word], ["Proven", word])
        }, { discard: true })), { runs: 1_000, size: 60 })
    it.effect(fulfilled.name, () => fulfilled.check)

    it.effect("of for ever are as long as is said", () =>
      Effect.gen(function*() {
        const words = Temporal.words(always(Temporal.now(Arbitrary.Constant(["a"]))), { forever: 4 })
        assert.deepStrictEqual(yield* Arbitrary.sampleEffect(words, { count: 1 }), [[["a"], ["a"], ["a"], ["a"]]])
      }))

    it.effect("there are none of what nothing fulfils", () =>
      Effect.gen(function*() {
        const result = yield* Arbitrary.checkEffect(Temporal.words(Temporal.fails), () => true)
        assert.strictEqual(result._tag, "Exhausted")
      }))
  })

  describe("law", () => {
    const input = Temporal.words(always(Temporal.now(Arbitrary.array(below(3), { maxLength: 3 })), { batches: 6 }))
    type Seen = Temporal.Observed<number, number>
    const came = Temporal.now(({ input }: Seen) => input.includes(0))
    const shown = Temporal.now(({ output }: Seen) => output.includes(0))
    const zeros = (input: DStream.DStream<number>) =>
      DStream.window(input, { name: "zeros", item: Schema.Number, windowDuration: "2 seconds" })

    it.effect("holds", () => Temporal.law("shows for two", input, zeros, always(implies(came, always(shown, { batches: 2 })))).check)

    it.effect("shows the smallest input that breaks it, and the batch", () =>
      Effect.gen(function*() {
        const formula = always(implies(came, always(shown, { batches: 3 })))
        const broken = yield* Effect.flip(Temporal.law("shows for three", input, zeros, formula).check)
        assert.match(broken.why, /^falsified by batch \d$/)
        assert.strictEqual(JSON.stringify(broken.counterexample).match(/0/g)?.length, 1)
      }))

    it.effect("undecided is enough, unless a proof is asked for", () =>
      Effect.gen(function*() {
        const late = eventually(shown, { batches: 9 })
        const nothing = Arbitrary.Constant([[], []])
        yield* Temporal.law("may come", nothing, zeros, late).check
        const broken = yield* Effect.flip(Temporal.law("comes", nothing, zeros, late, { proven: true }).check)
        assert.strictEqual(broken.why, "not decided by the last batch")
        const never = yield* Effect.flip(Temporal.law("came", nothing, zeros, late, { runOn: 7 }).check)
        assert.strictEqual(never.why, "falsified by batch 9")
      }))
  })
})

/** Whether a positive formula asks for something within no batches at all. */
const impossible = (genes: ReadonlyArray<number>): boolean => {
  const formula = formulaOf(genes, (n) => Temporal.now(n), undefined, false)
  const cannot = (formula: Temporal.Formula<number>): boolean => {
    switch (formula._tag) {
      case "Now":
        return false
      case "Constant":
        return !formula.value
      case "Not":
        return true
      case "Next":
        return cannot(formula.formula)
      case "And":
        return cannot(formula.left) || cannot(formula.right)
      case "Or":
        return cannot(formula.left) || cannot(formula.right)
      case "Until":
        return formula.batches === 0 || cannot(formula.left) || cannot(formula.right)
      case "Release":
        return cannot(formula.right) || cannot(formula.left) && !(formula.left._tag === "Constant")
    }
  }
  return cannot(formula)
}
