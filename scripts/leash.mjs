// Loaded into a program that runs in a process group of its own: it does not outlive the script that started it.
import { Socket } from "node:net"

new Socket({ fd: 3 })
  .on("close", () => process.kill(process.pid, "SIGKILL"))
  .on("error", () => {})
  .resume()
  .unref()
