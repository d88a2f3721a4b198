/**
 * CPU time of this thread in microseconds. What runs flat out in one thread takes as long on an idle machine, and on a
 * busy one the waiting for a core is not counted. Systems count it in steps of some milliseconds, so it is good for
 * long runs only. Older Nodes know no more than the time of the whole process.
 */
export const threadMicros = (): number => {
  const { system, user } = typeof process.threadCpuUsage === "function" ? process.threadCpuUsage() : process.cpuUsage()
  return user + system
}
