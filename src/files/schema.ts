/** @module Parts of the schemas of files that are read back. */

import { z } from "zod";

/** A whole number of at least 0. */
export const wholeNumber = z.int().min(0);

/** A number. JSON has no NaN and no infinity: they are written as null. */
export const numberOrNull = z.number().nullable() as z.ZodType<number>;

/** A SHA-256 digest, hexadecimal. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
