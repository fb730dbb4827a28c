/** Errors that a person at a terminal can mend: one line, what is wrong and what to do. Everything else is our fault. */

/** Its message is shown alone, without a stack trace, and the command ends with exit code 1. */
export class ClearError extends Error {
  override name = 'ClearError'
}

/** The `code` of a system or database error (`EACCES`, `53100`), or ''. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** What went wrong with a file or folder of ours, as one line. Anything but a file system error is thrown as it is. */
export function fileTrouble(error: unknown, path: string): ClearError {
  const code = codeOf(error)
  if (isDiskFull(error)) return diskFull(path)
  if (code === 'ENOENT')
    return new ClearError(`Cannot make ${path}: its place takes no folders. Choose another with --data-dir.`)
  if (code === 'EACCES' || code === 'EPERM') {
    return new ClearError(
      `Cannot use ${path}: permission denied. Give this user the folder, or choose another with --data-dir.`,
    )
  }
  if (code === 'EROFS')
    return new ClearError(`Cannot write ${path}: it is read-only. Choose another folder with --data-dir.`)
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    return new ClearError(`Cannot use ${path}: a file stands where a folder should be. Choose another with --data-dir.`)
  }
  throw error
}

export function diskFull(path: string): ClearError {
  return new ClearError(`The disk that holds ${path} is full. Free some space (100 MB to begin with) and start again.`)
}

/** The third and fourth are PostgreSQL's where the system takes a part of what is written. */
const FULL = /No space left on device|disk is full|could not extend file|wrote only \d+ of/i

/** True for a full disk, as the file system, SQLite or PostgreSQL (53100) report it. */
export function isDiskFull(error: unknown): boolean {
  const text = error instanceof Error ? error.message : String(error)
  return ['ENOSPC', 'EDQUOT', '53100'].includes(codeOf(error)) || FULL.test(text)
}
