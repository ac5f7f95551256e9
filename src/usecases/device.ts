/** @module The device of a training, found before its data are read. */

import { findDevice } from "../runtime/device.js";
import type { Device, DeviceChoice } from "../runtime/devices.js";
import { type DeviceEvent, type Listener, silent } from "./events.js";

/**
 * Finds the device of a training, and tells which one it is where it was to be chosen.
 *
 * @throws {ConfigError} where a device that was named does not work.
 */
export async function settleDevice(
  choice: DeviceChoice,
  events: Listener<DeviceEvent> = silent,
): Promise<Device> {
  const { device, why } = await findDevice(choice);
  if (why !== undefined) events({ kind: "device", device, why });
  return device;
}
