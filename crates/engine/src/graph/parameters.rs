//! Finding a layer's tensors in the flat buffer.

use std::ops::Range;

use network::ParameterView;

/// The tensors whose names begin with a layer's.
#[derive(Clone, Copy)]
pub(crate) struct Parameters<'a> {
    pub views: &'a [ParameterView],
    pub owner: &'a str,
}

/// Places of a kernel and a bias in the flat buffer.
#[derive(Clone, Debug)]
pub(crate) struct KernelAndBias {
    pub kernel: Range<usize>,
    pub bias: Range<usize>,
}

impl Parameters<'_> {
    /// The place of the tensor of this name.
    ///
    /// # Panics
    /// If the layer said that it has no such tensor.
    pub fn place(&self, name: &str) -> Range<usize> {
        let is_it = |view: &&ParameterView| {
            view.name.strip_prefix(self.owner).and_then(|rest| rest.strip_prefix('.')) == Some(name)
        };
        let view = self.views.iter().find(is_it);
        view.unwrap_or_else(|| panic!("{} has no tensor {name}", self.owner)).range.clone()
    }

    /// `kernel` and `bias`.
    pub fn kernel_and_bias(&self) -> KernelAndBias {
        KernelAndBias { kernel: self.place("kernel"), bias: self.place("bias") }
    }
}
