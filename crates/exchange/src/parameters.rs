//! The tensors of a network by name.

use std::collections::HashMap;

use network::{Network, NetworkError, ParameterView, parameter_views};

/// A tensor of a network.
#[derive(Clone, Copy, Debug)]
pub struct NamedTensor<'a> {
    /// In Keras' layout; see [`ParameterView::shape`].
    pub shape: &'a [usize],
    /// Row-major.
    pub values: &'a [f32],
}

/// The tensors of a network by name.
pub struct Parameters<'a> {
    views: HashMap<String, ParameterView>,
    values: &'a [f32],
}

impl<'a> Parameters<'a> {
    /// Those of `network`, whose values lie in `values` as [`parameter_views`] says.
    ///
    /// # Errors
    /// If the network does not fit together.
    ///
    /// # Panics
    /// If there are fewer values than the network has.
    pub fn new(network: &Network, values: &'a [f32]) -> Result<Self, NetworkError> {
        let views = parameter_views(network)?;
        assert_eq!(
            views.last().map_or(0, |view| view.range.end),
            values.len(),
            "one value for each parameter"
        );
        Ok(Self { views: views.into_iter().map(|view| (view.name.clone(), view)).collect(), values })
    }

    /// The tensor of this name, which the network has.
    pub fn get(&self, name: &str) -> NamedTensor<'_> {
        let view = self.views.get(name).unwrap_or_else(|| panic!("the network has no tensor {name}"));
        NamedTensor { shape: &view.shape, values: &self.values[view.range.clone()] }
    }
}

/// `tensor` with its axes in another order: axis i of the result is axis `order[i]` of it.
pub fn permuted(tensor: NamedTensor<'_>, order: &[usize]) -> (Vec<usize>, Vec<f32>) {
    let shape: Vec<usize> = order.iter().map(|axis| tensor.shape[*axis]).collect();
    let strides: Vec<usize> =
        order.iter().map(|axis| tensor.shape[axis + 1..].iter().product::<usize>()).collect();
    let place = |mut index: usize| {
        let mut place = 0;
        for (n, stride) in shape.iter().zip(&strides).rev() {
            place += index % n * stride;
            index /= n;
        }
        place
    };
    let values = (0..tensor.values.len()).map(|index| tensor.values[place(index)]).collect();
    (shape, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_change_places() {
        let values: Vec<f32> = (0..24).map(|i| i as f32).collect();
        let (shape, moved) = permuted(NamedTensor { shape: &[2, 3, 4], values: &values }, &[2, 0, 1]);
        assert_eq!(shape, [4, 2, 3]);
        for a in 0..2 {
            for b in 0..3 {
                for c in 0..4 {
                    assert_eq!(moved[(c * 2 + a) * 3 + b], values[(a * 3 + b) * 4 + c]);
                }
            }
        }
    }
}
