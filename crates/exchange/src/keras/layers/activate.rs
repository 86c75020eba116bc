//! `activation`

use network::Activate;

use super::{KerasLayers, Shapes, name_of};
use crate::keras::functional::{Functional, KerasTensor};

impl KerasLayers for Activate {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, _shapes: Shapes) -> KerasTensor {
        model.activate(&name_of(path), self.activation, x)
    }
}
