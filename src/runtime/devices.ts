/** @module Names of the devices that training steps run on. */

/** A device that training steps run on. */
export type Device = "cpu" | "webgpu" | "cuda";

/** What a device is chosen by: its name, or `auto`. */
export const DEVICE_CHOICES = ["cpu", "webgpu", "cuda", "auto"] as const;

/** A device, or `auto`. */
export type DeviceChoice = (typeof DEVICE_CHOICES)[number];
