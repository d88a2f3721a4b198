/** Runs the pipeline of a module, as a user's program does. */
import { pathToFileURL } from "node:url"
import { StateStore } from "@millrace/core"
import { runMain } from "@millrace/core/node"
import { Layer } from "effect"

const { layer, pipeline } = await import(pathToFileURL(process.argv[2] ?? "").href)
runMain(pipeline, { layer: Layer.merge(layer, StateStore.layerMemory) })
