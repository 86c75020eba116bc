//! What a run of an imported model minimises: what its files and its last layer say, where no recipe does.

use exchange::{Imported, ImportedLoss};
use network::{Latent, Loss, Objective, Reconstruction};

/// The objective, and why.
pub fn objective(net: &Imported) -> (Objective, String) {
    if let Some(objective) = net.objective {
        return (objective, "loss: as the file says".to_owned());
    }
    let is_variational = net.latent != Latent::Deterministic {};
    let (reconstruction, why) = match (net.loss, net.ends_in_sigmoid) {
        // What a VAE is compiled with is a part of its loss, whose weight is in code.
        (Some(ImportedLoss { loss, reduction }), _) if !is_variational => {
            let name = name(loss);
            (
                Reconstruction { loss, reduction, ..Reconstruction::default() },
                format!("loss: {name}, averaged over pixels, as the file says that the model was compiled"),
            )
        }
        (_, true) => (
            Reconstruction::default(),
            "loss: binary cross-entropy summed over pixels, because the decoder ends in a sigmoid (--loss and --set \
             objective… say otherwise)"
                .to_owned(),
        ),
        (_, false) if is_variational => (
            Reconstruction { loss: Loss::Gaussian, ..Reconstruction::default() },
            "loss: a Gaussian of deviation 1 around the output, because the decoder ends without a sigmoid (--loss bce if \
             it gives logits; --set objective… for the rest)"
                .to_owned(),
        ),
        (_, false) => (
            Reconstruction { loss: Loss::SquaredError, ..Reconstruction::default() },
            "loss: squared error summed over pixels, because the decoder ends without a sigmoid (--loss bce if it gives \
             logits)"
                .to_owned(),
        ),
    };
    (Objective { reconstruction, ..Objective::default() }, why)
}

/// What a loss is called.
fn name(loss: Loss) -> &'static str {
    match loss {
        Loss::Bce => "binary cross-entropy",
        _ => "squared error",
    }
}
