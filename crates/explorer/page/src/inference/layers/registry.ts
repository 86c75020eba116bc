/** Every layer that networks can have; a test holds its keys equal to the layers of recipes. */

import type { Layers } from "../plan";
import { activation } from "./activation";
import { branches } from "./branches";
import { conv2d } from "./conv2d";
import { conv2dTranspose } from "./conv2d_transpose";
import { dense } from "./dense";
import { gatedDense } from "./gated_dense";
import { identity } from "./identity";
import { batchNorm, groupNorm, layerNorm } from "./norm";
import { averagePool, globalAveragePool, maxPool } from "./pool";
import { residual } from "./residual";
import { selfAttention } from "./self_attention";
import { upsample2d } from "./upsample2d";

export const LAYERS: Layers = {
  dense,
  conv2d,
  conv2d_transpose: conv2dTranspose,
  max_pool2d: maxPool,
  average_pool2d: averagePool,
  global_average_pool2d: globalAveragePool,
  upsample2d,
  flatten: identity,
  reshape: identity,
  activation,
  group_norm: groupNorm,
  layer_norm: layerNorm,
  batch_norm: batchNorm,
  dropout: identity,
  gated_dense: gatedDense,
  self_attention: selfAttention,
  residual,
  branches,
};
