/**
 * @module balgrad/methods: every method as a function of its options, for {@link train}.
 *
 * What each does, its options and their defaults: `balgrad methods`, docs/methods.md.
 */

import { balgrad as balgradMethod } from "../balance/balgrad.js";
import { balgradPlus as balgradPlusMethod } from "../balance/balgradPlus.js";
import { joint as jointMethod } from "../balance/joint.js";
import { agm as agmMethod } from "../balance/multimodal/agm.js";
import { amco as amcoMethod } from "../balance/multimodal/amco.js";
import { cggm as cggmMethod } from "../balance/multimodal/cggm.js";
import { cml as cmlMethod } from "../balance/multimodal/cml.js";
import { dgl as dglMethod } from "../balance/multimodal/dgl.js";
import { dpl as dplMethod } from "../balance/multimodal/dpl.js";
import { gradientBlending as gradientBlendingMethod } from "../balance/multimodal/gradientBlending.js";
import { greedy as greedyMethod } from "../balance/multimodal/greedy.js";
import { infoReg as infoRegMethod } from "../balance/multimodal/infoReg.js";
import { lfm as lfmMethod } from "../balance/multimodal/lfm.js";
import { mbsd as mbsdMethod } from "../balance/multimodal/mbsd.js";
import { mla as mlaMethod } from "../balance/multimodal/mla.js";
import { mmcosine as mmcosineMethod } from "../balance/multimodal/mmcosine.js";
import { mmpareto as mmparetoMethod } from "../balance/multimodal/mmpareto.js";
import { mnl as mnlMethod } from "../balance/multimodal/mnl.js";
import { modalityValuation as modalityValuationMethod } from "../balance/multimodal/modalityValuation.js";
import { mslr as mslrMethod } from "../balance/multimodal/mslr.js";
import { ogm as ogmMethod, ogmGe as ogmGeMethod } from "../balance/multimodal/ogm.js";
import { opm as opmMethod } from "../balance/multimodal/opm.js";
import { pmr as pmrMethod } from "../balance/multimodal/pmr.js";
import { reconBoost as reconBoostMethod } from "../balance/multimodal/reconBoost.js";
import { relearning as relearningMethod } from "../balance/multimodal/relearning.js";
import { simmlm as simmlmMethod } from "../balance/multimodal/simmlm.js";
import { tcmax as tcmaxMethod } from "../balance/multimodal/tcmax.js";
import { udml as udmlMethod } from "../balance/multimodal/udml.js";
import { umt as umtMethod } from "../balance/multimodal/umt.js";
import { lateFusion as lateFusionMethod } from "../balance/remedies/lateFusion.js";
import { modalityDropout as modalityDropoutMethod } from "../balance/remedies/modalityDropout.js";
import {
  imageOnly as imageOnlyMethod,
  textOnly as textOnlyMethod,
} from "../balance/remedies/singleModality.js";
import { unimodalLosses as unimodalLossesMethod } from "../balance/remedies/unimodalLosses.js";
import { robust as robustMethod } from "../balance/robust.js";
import { alignedMtl as alignedMtlMethod } from "../balance/surgery/alignedMtl.js";
import { cagrad as cagradMethod } from "../balance/surgery/cagrad.js";
import { dualproj as dualprojMethod } from "../balance/surgery/dualproj.js";
import { dynamicWeightAverage as dynamicWeightAverageMethod } from "../balance/surgery/dynamicWeightAverage.js";
import { fairgrad as fairgradMethod } from "../balance/surgery/fairgrad.js";
import { graddrop as graddropMethod } from "../balance/surgery/graddrop.js";
import { gradnorm as gradnormMethod } from "../balance/surgery/gradnorm.js";
import { gradvac as gradvacMethod } from "../balance/surgery/gradvac.js";
import { imtlG as imtlGMethod } from "../balance/surgery/imtlG.js";
import { mgda as mgdaMethod } from "../balance/surgery/mgda.js";
import { nashMtl as nashMtlMethod } from "../balance/surgery/nashMtl.js";
import { pcgrad as pcgradMethod } from "../balance/surgery/pcgrad.js";
import { randomWeighting as randomWeightingMethod } from "../balance/surgery/randomWeighting.js";
import { uncertaintyWeighting as uncertaintyWeightingMethod } from "../balance/surgery/uncertaintyWeighting.js";
import { upgrad as upgradMethod } from "../balance/surgery/upgrad.js";
import { linearMethod } from "../companion/method.js";
import { choose } from "./method.js";

/** The method `linear`. */
export const linear = choose(linearMethod);
/** The method `joint`. */
export const joint = choose(jointMethod);
/** The method `balgrad`. */
export const balgrad = choose(balgradMethod);
/** The method `balgrad-plus`. */
export const balgradPlus = choose(balgradPlusMethod);
/** The method `robust`. */
export const robust = choose(robustMethod);
/** The method `mslr`. */
export const mslr = choose(mslrMethod);
/** The method `ogm`. */
export const ogm = choose(ogmMethod);
/** The method `ogm-ge`. */
export const ogmGe = choose(ogmGeMethod);
/** The method `agm`. */
export const agm = choose(agmMethod);
/** The method `mmpareto`. */
export const mmpareto = choose(mmparetoMethod);
/** The method `mmcosine`. */
export const mmcosine = choose(mmcosineMethod);
/** The method `gradient-blending`. */
export const gradientBlending = choose(gradientBlendingMethod);
/** The method `cml`. */
export const cml = choose(cmlMethod);
/** The method `pmr`. */
export const pmr = choose(pmrMethod);
/** The method `opm`. */
export const opm = choose(opmMethod);
/** The method `cggm`. */
export const cggm = choose(cggmMethod);
/** The method `info-reg`. */
export const infoReg = choose(infoRegMethod);
/** The method `umt`. */
export const umt = choose(umtMethod);
/** The method `mla`. */
export const mla = choose(mlaMethod);
/** The method `recon-boost`. */
export const reconBoost = choose(reconBoostMethod);
/** The method `mbsd`. */
export const mbsd = choose(mbsdMethod);
/** The method `lfm`. */
export const lfm = choose(lfmMethod);
/** The method `greedy`. */
export const greedy = choose(greedyMethod);
/** The method `amco`. */
export const amco = choose(amcoMethod);
/** The method `modality-valuation`. */
export const modalityValuation = choose(modalityValuationMethod);
/** The method `relearning`. */
export const relearning = choose(relearningMethod);
/** The method `mnl`. */
export const mnl = choose(mnlMethod);
/** The method `tcmax`. */
export const tcmax = choose(tcmaxMethod);
/** The method `dgl`. */
export const dgl = choose(dglMethod);
/** The method `simmlm`. */
export const simmlm = choose(simmlmMethod);
/** The method `dpl`. */
export const dpl = choose(dplMethod);
/** The method `udml`. */
export const udml = choose(udmlMethod);
/** The method `modality-dropout`. */
export const modalityDropout = choose(modalityDropoutMethod);
/** The method `unimodal-losses`. */
export const unimodalLosses = choose(unimodalLossesMethod);
/** The method `late-fusion`. */
export const lateFusion = choose(lateFusionMethod);
/** The method `image-only`. */
export const imageOnly = choose(imageOnlyMethod);
/** The method `text-only`. */
export const textOnly = choose(textOnlyMethod);
/** The method `pcgrad`. */
export const pcgrad = choose(pcgradMethod);
/** The method `gradvac`. */
export const gradvac = choose(gradvacMethod);
/** The method `mgda`. */
export const mgda = choose(mgdaMethod);
/** The method `cagrad`. */
export const cagrad = choose(cagradMethod);
/** The method `imtl-g`. */
export const imtlG = choose(imtlGMethod);
/** The method `nash-mtl`. */
export const nashMtl = choose(nashMtlMethod);
/** The method `fairgrad`. */
export const fairgrad = choose(fairgradMethod);
/** The method `aligned-mtl`. */
export const alignedMtl = choose(alignedMtlMethod);
/** The method `upgrad`. */
export const upgrad = choose(upgradMethod);
/** The method `dualproj`. */
export const dualproj = choose(dualprojMethod);
/** The method `graddrop`. */
export const graddrop = choose(graddropMethod);
/** The method `gradnorm`. */
export const gradnorm = choose(gradnormMethod);
/** The method `uncertainty-weighting`. */
export const uncertaintyWeighting = choose(uncertaintyWeightingMethod);
/** The method `dynamic-weight-average`. */
export const dynamicWeightAverage = choose(dynamicWeightAverageMethod);
/** The method `random-weighting`. */
export const randomWeighting = choose(randomWeightingMethod);
