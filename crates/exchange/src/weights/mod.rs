//! Weights without a net, as state dicts and `.weights.h5` files hold them, for the net of a recipe: which belong to which layer,
//! by their shapes, their names and their order.

mod matching;
mod slots;

use network::Network;

use crate::error::ExchangeError;
use crate::layout::Layout;
use crate::order::reorder;

/// Weights without a net.
#[derive(Clone, Debug, Default)]
pub struct StoredWeights {
    /// In the order of the file, or where it has none, of their names.
    pub modules: Vec<Module>,
    /// The net with its parameters, where the file says it.
    pub net: Option<(Network, Vec<f32>)>,
    /// What was left out.
    pub notes: Vec<String>,
}

/// The tensors of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// What the file calls it: `encoder.0`, `layers/conv2d_1`.
    pub path: String,
    /// What else it is called.
    pub name: String,
    /// Whose layouts its tensors have.
    pub program: Program,
    /// Its tensors.
    pub tensors: Vec<StoredTensor>,
}

/// Whose layouts tensors have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// As we have them, numbered.
    Keras,
    /// `weight`, `bias`, `running_mean`, `running_var`.
    Torch,
}

/// A tensor of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTensor {
    /// `weight`; `0`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Row-major.
    pub values: Vec<f32>,
}

/// Parameters of a network, and where they are from.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedWeights {
    /// In the network's order.
    pub parameters: Vec<f32>,
    /// Which layer's weights are from where.
    pub notes: Vec<String>,
}

impl StoredWeights {
    /// Adds those of another file.
    pub fn add(&mut self, other: StoredWeights) {
        self.modules.extend(other.modules);
        self.net = self.net.take().or(other.net);
        self.notes.extend(other.notes);
    }

    /// The parameters of `network`. Where the file is of a program whose images have their channels first, so had the
    /// vectors that were made of them.
    ///
    /// # Errors
    /// If a layer's are not there, or some are left.
    pub fn fit(self, network: &Network, layout: Layout) -> Result<FittedWeights, ExchangeError> {
        let mut notes = self.notes;
        let mut parameters = matching::fit(network, self.modules, &mut notes)?;
        if layout == Layout::ChannelsFirst {
            reorder(network, &mut parameters)?;
        }
        Ok(FittedWeights { parameters, notes })
    }
}
