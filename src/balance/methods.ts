/** @module All balance methods by name. */

import { ConfigError } from "../errors.js";
import { explained } from "../settings/explain.js";
import { type Field, fieldsOf } from "../settings/fields.js";
import { type Origin, programOrigin } from "../settings/origin.js";
import { nearest } from "../text.js";
import { balgrad } from "./balgrad.js";
import { balgradPlus } from "./balgradPlus.js";
import { robust } from "./robust.js";
import { joint } from "./joint.js";
import type { BalanceMethod, MethodDescription } from "./method.js";
import { agm } from "./multimodal/agm.js";
import { amco } from "./multimodal/amco.js";
import { cggm } from "./multimodal/cggm.js";
import { cml } from "./multimodal/cml.js";
import { dgl } from "./multimodal/dgl.js";
import { dpl } from "./multimodal/dpl.js";
import { gradientBlending } from "./multimodal/gradientBlending.js";
import { greedy } from "./multimodal/greedy.js";
import { infoReg } from "./multimodal/infoReg.js";
import { lfm } from "./multimodal/lfm.js";
import { mbsd } from "./multimodal/mbsd.js";
import { mla } from "./multimodal/mla.js";
import { mmcosine } from "./multimodal/mmcosine.js";
import { mmpareto } from "./multimodal/mmpareto.js";
import { mnl } from "./multimodal/mnl.js";
import { modalityValuation } from "./multimodal/modalityValuation.js";
import { mslr } from "./multimodal/mslr.js";
import { ogm, ogmGe } from "./multimodal/ogm.js";
import { opm } from "./multimodal/opm.js";
import { pmr } from "./multimodal/pmr.js";
import { reconBoost } from "./multimodal/reconBoost.js";
import { relearning } from "./multimodal/relearning.js";
import { simmlm } from "./multimodal/simmlm.js";
import { tcmax } from "./multimodal/tcmax.js";
import { udml } from "./multimodal/udml.js";
import { umt } from "./multimodal/umt.js";
import { lateFusion } from "./remedies/lateFusion.js";
import { modalityDropout } from "./remedies/modalityDropout.js";
import { imageOnly, textOnly } from "./remedies/singleModality.js";
import { unimodalLosses } from "./remedies/unimodalLosses.js";
import { alignedMtl } from "./surgery/alignedMtl.js";
import { cagrad } from "./surgery/cagrad.js";
import { dualproj } from "./surgery/dualproj.js";
import { dynamicWeightAverage } from "./surgery/dynamicWeightAverage.js";
import { fairgrad } from "./surgery/fairgrad.js";
import { graddrop } from "./surgery/graddrop.js";
import { gradnorm } from "./surgery/gradnorm.js";
import { gradvac } from "./surgery/gradvac.js";
import { imtlG } from "./surgery/imtlG.js";
import { mgda } from "./surgery/mgda.js";
import { nashMtl } from "./surgery/nashMtl.js";
import { pcgrad } from "./surgery/pcgrad.js";
import { randomWeighting } from "./surgery/randomWeighting.js";
import { uncertaintyWeighting } from "./surgery/uncertaintyWeighting.js";
import { upgrad } from "./surgery/upgrad.js";

/** Methods in the order of tables: the baseline, ours, the paper's rivals, remedies, surgery. */
export const METHODS: readonly BalanceMethod[] = [
  joint,
  balgrad,
  balgradPlus,
  robust,
  ...[mslr, ogm, ogmGe, agm],
  ...[mmpareto, mmcosine, gradientBlending, cml, pmr, opm, cggm, infoReg, umt, mla, reconBoost],
  ...[mbsd, lfm, greedy, amco, modalityValuation, relearning],
  ...[mnl, tcmax, dgl, simmlm, dpl, udml],
  ...[modalityDropout, unimodalLosses, lateFusion, imageOnly, textOnly],
  ...[pcgrad, gradvac, mgda, cagrad, imtlG, nashMtl, fairgrad, alignedMtl, upgrad, dualproj],
  ...[graddrop, gradnorm, uncertaintyWeighting, dynamicWeightAverage, randomWeighting],
];

/** Names of all methods, the baseline first. */
export const METHOD_NAMES: readonly string[] = METHODS.map((method) => method.name);

/** A method with its options checked: ready to build. */
export interface ConfiguredMethod {
  readonly method: BalanceMethod;
  readonly options: object;
}

/**
 * Finds one of some methods by name.
 *
 * @throws {ConfigError} for an unknown one, naming the nearest.
 */
export function findMethodIn<Method extends MethodDescription>(
  methods: readonly Method[],
  name: string,
): Method {
  const method = methods.find((candidate) => candidate.name === name);
  if (method) return method;
  const names = methods.map((one) => one.name);
  const guess = nearest(name, names);
  const hint = guess ? `Did you mean "${guess}"? ` : "";
  throw new ConfigError(`Unknown method "${name}".`, `${hint}All: ${names.join(", ")}.`);
}

/**
 * {@link findMethodIn} all balance methods.
 *
 * @param own - Further ones, which a program defines.
 */
export const findMethod = (name: string, own: readonly BalanceMethod[] = []): BalanceMethod =>
  findMethodIn([...METHODS, ...own], name);

/** Path of a method's options in the settings of a run. */
const OPTIONS = ["method", "options"];

/** The options of a method as settings of a run. */
export const optionFields = ({ options }: MethodDescription): readonly Field[] =>
  fieldsOf(options, OPTIONS.join("."));

/**
 * Checks a method's options and fills in the defaults.
 *
 * @throws {ConfigError} for an unknown option or a value out of range.
 */
export function checkOptions(
  method: MethodDescription,
  options: unknown,
  origin: Origin = programOrigin,
): object {
  const checked = method.options.safeParse(options);
  if (checked.success) return checked.data;
  const settings = { method: { name: method.name, options } };
  const about = { fields: optionFields(method), settings, origin, method: method.name };
  throw explained(checked.error.issues[0]!, about, OPTIONS);
}

/**
 * Finds a balance method and checks its options.
 *
 * @param own - Further methods, which a program defines.
 * @throws {ConfigError} for an unknown method, an unknown option or a value out of range.
 */
export function configureMethod(
  name: string,
  options: unknown,
  own: readonly BalanceMethod[] = [],
): ConfiguredMethod {
  const method = findMethod(name, own);
  return { method, options: checkOptions(method, options) };
}
