/** @module UMT: unimodal teachers distil their features into the joint model's encoders. */

import { z } from "zod";

import { GradientEngine } from "../../gramian/engine.js";
import { add, mul, square, stopGradient, sub } from "../../graph/functions/elementwise.js";
import { mean } from "../../graph/functions/reduce.js";
import type { Tensor } from "../../graph/tensor.js";
import { combineGradients } from "../combination.js";
import type { BalanceMethod } from "../method.js";
import { watchingPlan } from "../watching.js";

const options = z.strictObject({
  strength: z.number().min(0).default(10).describe("weight of the distillation"),
});

/**
 * UMT: the task loss plus the mean squared distance of each embedding to a unimodal teacher's. The
 * teachers have the same encoders, learn from their own modality alone, and are trained beside the
 * joint model; in the paper they are trained before and frozen.
 *
 * Source: Du et al., "On Uni-Modal Feature Learning in Supervised Multi-Modal Learning", ICML 2023,
 * section 4.2.
 */
export const umt: BalanceMethod<z.infer<typeof options>> = {
  name: "umt",
  summary: "distils the features of unimodal teachers into the joint model",
  source: "Du et al., ICML 2023, section 4.2",
  differs: "teachers are trained beside the model, not before",
  options,
  metrics: {
    "loss.distillation": "squared distance of the embeddings from the teachers'",
    "loss.teachers": "sum of both teachers' losses",
  },
  search: { strength: [1, 10, 50] },
  build: (context, { strength }) => {
    const { outputs, objectives, inputs, teacher: makeTeacher, engine: engineOptions } = context;
    const teacher = makeTeacher();
    const taught = teacher.network.heads(teacher.network.embed(inputs));
    const lessons = add(context.lossFor(taught.image), context.lossFor(taught.text));
    // Targets without dropout: what the teacher knows, not what it happens to show.
    const target = teacher.steady.embed(inputs);
    const distance = (z: Tensor, goal: Tensor): Tensor => mean(square(sub(z, stopGradient(goal))));
    const distillation = add(
      distance(outputs.imageEmbedding, target.image),
      distance(outputs.textEmbedding, target.text),
    );
    const loss = add(objectives.task, mul(distillation, strength));
    const plan = watchingPlan(context, loss, {
      "loss.distillation": distillation,
      "loss.teachers": lessons,
    });
    const engine = new GradientEngine({ lessons }, teacher.parameters, engineOptions);
    const learned = combineGradients(engine, teacher.parameters, () => ({ lessons: 1 }));
    return {
      ...plan,
      gradients: new Map([...plan.gradients, ...learned]),
      // Clipped apart, as if the teachers were trained in a run of their own.
      probes: [...(plan.probes ?? []), ...teacher.parameters],
    };
  },
};
