/** The enumerations as plain strings. */
import type { ComponentMode, ComponentName, Environment } from './enums.js'

/** Everything `create()` takes: `flow`, `card`, and one name for each other component. */
export type ComponentNameUnion = `${ComponentName}`

/** Says what mode of the installation the shop expects; it never chooses a host. */
export type EnvironmentUnion = `${Environment}`

export type ComponentModeUnion = `${ComponentMode}`
