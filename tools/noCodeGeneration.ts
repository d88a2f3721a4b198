// Set-up of the project core-closures: its results mean something only where code generation is really forbidden.

const isForbidden = (): boolean => {
  try {
    return Function("return 1")() !== 1
  } catch {
    return true
  }
}

if (!isForbidden()) throw new Error("code generation from strings works here, so closures are not what is tested")
