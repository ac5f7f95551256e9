/** @module Canonical correlation analysis: directions in which the two modalities of a sample agree. */

import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";

/** Maps of both modalities' coordinates into a common space, each `[dimensions, shared]`. */
export interface Canonical {
  readonly image: Matrix;
  readonly text: Matrix;
}

/** Directions that are kept, the most correlated first. */
const SHARED = 24;
/** Share of the mean variance that is added to every direction: few samples correlate by chance. */
const RIDGE = 0.1;

/** Inverse square root of a covariance, with a ridge. */
function whitening(covariance: Matrix): Matrix {
  const size = covariance.rows;
  const ridge = (RIDGE * covariance.trace()) / size;
  const { realEigenvalues: values, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(
    Matrix.add(covariance, Matrix.eye(size, size, ridge)),
    { assumeSymmetric: true },
  );
  const scales = values.map((value) => (value > 0 ? 1 / Math.sqrt(value) : 0));
  return vectors.mmul(Matrix.diag(scales));
}

/**
 * Regularised canonical correlation analysis of coordinates with mean zero. Directions are scaled by the root
 * of their correlation, so that the inner product of two samples counts what agrees in the training data.
 *
 * Source: Vinod, "Canonical ridge and econometrics of joint production", Journal of Econometrics 1976.
 *
 * @param image - `[samples][dimensions]`.
 * @param text - Of the same samples.
 */
export function canonicalSpace(
  image: readonly Float64Array[],
  text: readonly Float64Array[],
): Canonical {
  const [a, b] = [new Matrix(image), new Matrix(text)];
  const covariance = (left: Matrix, right: Matrix): Matrix =>
    left.transpose().mmul(right).div(image.length);
  const whiteA = whitening(covariance(a, a));
  const whiteB = whitening(covariance(b, b));
  const correlation = whiteA.transpose().mmul(covariance(a, b)).mmul(whiteB);
  const decomposition = new SingularValueDecomposition(correlation, { autoTranspose: true });
  const { diagonal, leftSingularVectors, rightSingularVectors } = decomposition;
  const shared = Math.min(SHARED, diagonal.length);
  const roots = Matrix.diag(
    diagonal.slice(0, shared).map((value) => Math.sqrt(Math.max(0, value))),
  );
  const leading = (vectors: Matrix): Matrix =>
    vectors.subMatrix(0, vectors.rows - 1, 0, shared - 1).mmul(roots);
  return {
    image: whiteA.mmul(leading(leftSingularVectors)),
    text: whiteB.mmul(leading(rightSingularVectors)),
  };
}
