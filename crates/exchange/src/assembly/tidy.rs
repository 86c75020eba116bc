//! A chain of layers as a person would write it: activations in the layers before them, nothing that changes nothing.

use network::{Activation, Layer, Shape};

use super::weighted_layer::WeightedLayer;

/// The activation that a layer applies to what it gives.
fn activation(layer: &mut Layer) -> Option<&mut Activation> {
    match layer {
        Layer::Dense(layer) => Some(&mut layer.activation),
        Layer::Conv2d(layer) => Some(&mut layer.activation),
        Layer::Conv2dTranspose(layer) => Some(&mut layer.activation),
        Layer::GroupNorm(layer) => Some(&mut layer.activation),
        Layer::LayerNorm(layer) => Some(&mut layer.activation),
        Layer::BatchNorm(layer) => Some(&mut layer.activation),
        Layer::Residual(layer) => Some(&mut layer.activation),
        _ => None,
    }
}

/// Gives a layer without an activation one; whether it could.
pub fn set_activation(layer: &mut Layer, with: Activation) -> bool {
    match activation(layer) {
        Some(own) if own.is_linear() => {
            *own = with;
            true
        }
        _ => false,
    }
}

/// Takes an activation off the end of a chain, if it ends in it; changes of shape behind it stay.
pub fn strip_activation(chain: &mut Vec<WeightedLayer>, which: Activation) -> bool {
    let changes_shape = |layer: &Layer| matches!(layer, Layer::Flatten(_) | Layer::Reshape(_));
    let Some(index) = chain.iter().rposition(|weighted| !changes_shape(&weighted.layer)) else {
        return false;
    };
    match &mut chain[index].layer {
        Layer::Activate(layer) if layer.activation == which => {
            chain.remove(index);
            true
        }
        layer => match activation(layer) {
            Some(own) if *own == which => {
                *own = Activation::Linear;
                true
            }
            _ => false,
        },
    }
}

/// The chain, which takes `input`, tidied.
pub fn tidy(chain: Vec<WeightedLayer>, input: Shape) -> Vec<WeightedLayer> {
    let mut tidied: Vec<WeightedLayer> = Vec::new();
    let mut shapes = vec![input]; // before each of `tidied`, and behind the last
    for weighted in chain {
        let from = *shapes.last().expect("there is always the input");
        let Ok(to) = weighted.layer.output_shape(from) else {
            tidied.push(weighted); // the network's own check names it
            shapes.push(from);
            continue;
        };
        match &weighted.layer {
            Layer::Activate(layer) if layer.activation.is_linear() => continue,
            Layer::Activate(layer)
                if tidied
                    .last_mut()
                    .is_some_and(|last| set_activation(&mut last.layer, layer.activation)) =>
            {
                continue;
            }
            Layer::Flatten(_) | Layer::Reshape(_) => {
                // Of several changes of shape the last one counts.
                while matches!(
                    tidied.last(),
                    Some(WeightedLayer { layer: Layer::Flatten(_) | Layer::Reshape(_), .. })
                ) {
                    tidied.pop();
                    shapes.pop();
                }
                if around_attention(&mut tidied, &mut shapes, to) || shapes.last() == Some(&to) {
                    continue;
                }
            }
            _ => {}
        }
        tidied.push(weighted);
        shapes.push(to);
    }
    tidied
}

/// Attention between two changes of shape that undo each other takes the image as it is: it knows of no order of pixels.
fn around_attention(tidied: &mut Vec<WeightedLayer>, shapes: &mut Vec<Shape>, to: Shape) -> bool {
    let n = tidied.len();
    let [
        ..,
        WeightedLayer { layer: Layer::Reshape(_), .. },
        WeightedLayer { layer: Layer::SelfAttention(_), .. },
    ] = &tidied[..]
    else {
        return false;
    };
    let (before, inside) = (shapes[n - 2], shapes[n - 1]);
    if before != to || before.pixels().2 != inside.pixels().2 {
        return false;
    }
    tidied.remove(n - 2);
    shapes.truncate(n - 1);
    shapes.push(to);
    true
}
