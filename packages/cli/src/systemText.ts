/** What the system says of a path, in words: which path, and what to do. */
export const systemText = (error: unknown, path: string): string => {
  const code = textOf(error, "code")
  const about = textOf(error, "path") ?? path
  switch (code) {
    case "EACCES":
    case "EPERM":
      return `this user may not use ${about}: look at its owner and permissions, or run this as the user who runs the pipeline`
    case "ENOTDIR":
      return `${about} is no directory, or goes through a file: name the directory itself`
    case "EISDIR":
      return `${about} is a directory, where a file is needed`
    case "ENOENT":
      return `${about} is not there, and cannot be made there`
    case "ENOSPC":
    case "EDQUOT":
      return `there is no room for ${about}: make some, or name a directory on another disk`
    case "EROFS":
      return `${about} is on a file system that is only read: name a directory on another one`
    case "ELOOP":
      return `${about} goes round in symbolic links: name the directory itself`
  }
  return error instanceof Error ? error.message : String(error)
}

const textOf = (error: unknown, name: string): string | undefined => {
  const value = typeof error === "object" && error !== null && name in error ? Object.getOwnPropertyDescriptor(error, name)?.value : undefined
  return typeof value === "string" ? value : undefined
}
