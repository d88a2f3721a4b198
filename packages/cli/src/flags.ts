/** The flags that commands have in common. */
import { Flag } from "effect/cli"

export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON, for programs"),
  Flag.withDefault(false)
)

export const entry = Flag.String("entry").pipe(
  Flag.withDescription("The module that exports the pipeline, and the layer that it needs"),
  Flag.withMetavar("FILE"),
  Flag.optional
)

export const requiredEntry = Flag.String("entry").pipe(
  Flag.withDescription("The module that exports the pipeline, and the layer that it needs"),
  Flag.withMetavar("FILE")
)

export const directory = Flag.String("directory").pipe(
  Flag.withDescription("The directory of the checkpoints; without it the layer of the entry says where they are"),
  Flag.withMetavar("DIRECTORY"),
  Flag.optional
)

export const requiredDirectory = Flag.String("directory").pipe(
  Flag.withDescription("The directory of the checkpoints"),
  Flag.withMetavar("DIRECTORY")
)

export const pipeline = Flag.String("pipeline").pipe(
  Flag.withDescription("The name of the pipeline, where the directory has several and there is no entry"),
  Flag.withMetavar("NAME"),
  Flag.optional
)

/** Where a checkpoint is: by its directory, or by the module of its pipeline. */
export const where = { json, entry, directory, pipeline }
