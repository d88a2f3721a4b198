import { proxiedTo } from "../proxy.ts"
import { url } from "./database.ts"

export const proxied = proxiedTo(url)
