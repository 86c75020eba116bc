//! `activation`

use network::Activate;

use super::Forward;
use crate::activation::activate;
use crate::batch::Batch;
use crate::pass::Pass;

impl Forward for Activate {
    fn forward(&self, pass: &mut Pass<'_>, _path: &str, x: Batch) -> Batch {
        x.with(activate(&mut pass.tape, self.activation, x.values), x.shape)
    }
}
