//! Two sentences on what a run's numbers say.

use crate::numbers::{count, signed};
use crate::reporting::facts::{Numbers, PosteriorNumbers};

/// Below this relative gap between validation and training nobody speaks of overfitting.
const SMALL_GAP: f64 = 0.03;
/// Above it everybody does.
const LARGE_GAP: f64 = 0.10;
/// A fall of the validation total over the last tenth of the epochs that more epochs would continue.
const WORTH_MORE_EPOCHS: f64 = 0.002;
/// Nats between the aggregated posterior and the prior that samples do not show, for each dimension.
const NEAR_PRIOR: f64 = 0.15;
const FAR_FROM_PRIOR: f64 = 0.5;

/// The first sentence is about reconstructions, the second about the latent space.
pub fn verdict(numbers: &Numbers) -> String {
    format!("{} {}", reconstructions(numbers), latent(numbers))
}

fn reconstructions(numbers: &Numbers) -> String {
    let what = if numbers.denoises { "Denoised images" } else { "Reconstructions" };
    let images = count(numbers.images, "test image");
    let mut measured = Vec::new();
    measured.extend(numbers.psnr.map(|psnr| format!("PSNR {} dB", signed(psnr, 1))));
    measured.extend(numbers.ssim.map(|ssim| format!("SSIM {}", signed(ssim, 2))));
    let measured = if measured.is_empty() { String::new() } else { format!(" ({})", measured.join(", ")) };
    let kept = match numbers.explained {
        Some(share) if share <= 0.0 => {
            format!("{what} of {images} are no better than the mean training image{measured}")
        }
        Some(share) => {
            format!("{what} keep {:.0} % of the pixel variance of {images}{measured}", 100.0 * share)
        }
        None => format!("{what} were measured on {images}{measured}"),
    };
    let unseen = match numbers.gap {
        Some(gap) if gap > LARGE_GAP => format!(
            ", but the loss on validation images is {:.0} % above that of training: the model has overfitted",
            100.0 * gap
        ),
        Some(gap) if gap > SMALL_GAP => format!(
            ", with a validation loss {:.0} % above the training loss, a beginning of overfitting",
            100.0 * gap
        ),
        Some(_) => {
            ", and images that were not trained on are reconstructed as well as those that were".into()
        }
        None => String::new(),
    };
    format!("{kept}{unseen}.")
}

fn latent(numbers: &Numbers) -> String {
    let dims = numbers.dims;
    let classes = numbers.silhouette.map_or_else(String::new, |mean| {
        let how = match mean {
            m if m >= 0.5 => "form clear clusters",
            m if m >= 0.25 => "form clusters that touch",
            m if m >= 0.05 => "overlap",
            _ => "do not separate",
        };
        format!("; classes {how} in latent space (silhouette {})", signed(mean, 2))
    });
    let Some(PosteriorNumbers { kl, active, from_prior }) = numbers.posterior else {
        return format!(
            "The code of {} has no prior, so random codes do not decode to images{classes}.",
            count(dims, "number")
        );
    };
    if active == 0 {
        return format!(
            "The posterior has collapsed: none of {} carries anything about the image (KL {kl:.2} nats).",
            count(dims, "latent dimension")
        );
    }
    let used = match (active, dims) {
        (1, 1) => format!("The latent dimension carries {kl:.1} nats about each image"),
        (active, dims) if active == dims => {
            format!("All {dims} latent dimensions are in use and carry {kl:.1} nats about each image")
        }
        (active, dims) => format!(
            "Of {dims} latent dimensions {active} {} in use and carry {kl:.1} nats about each image",
            if active == 1 { "is" } else { "are" }
        ),
    };
    let prior = match from_prior.nats() / dims as f64 {
        each if each <= NEAR_PRIOR => "and codes fill the prior: draws from it decode to plausible images",
        each if each <= FAR_FROM_PRIOR => {
            "while codes leave some of the prior empty: a few draws decode badly"
        }
        _ => "but codes lie far from the prior: many draws decode badly (generate --sampler gmm helps)",
    };
    format!("{used}, {prior}{classes}.")
}

/// What to try next, where the numbers say so.
pub fn advice(numbers: &Numbers) -> Option<String> {
    let (best, all) = numbers.epochs?;
    match numbers.still_falling {
        Some(fall) if best == all && fall > WORTH_MORE_EPOCHS => Some(format!(
            "The best epoch is the last, and the validation loss fell by {:.1} % over the last tenth of the epochs: \
             more epochs (--epochs {}) should help.",
            100.0 * fall,
            2 * all
        )),
        _ if best < all && numbers.gap.is_some_and(|gap| gap > SMALL_GAP) => Some(format!(
            "The best of {all} epochs is epoch {best}, whose weights this report uses; more epochs did not help."
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reporting::facts::FromPrior;

    fn numbers() -> Numbers {
        let posterior =
            Some(PosteriorNumbers { kl: 18.45, active: 10, from_prior: FromPrior::OfMoments(0.9) });
        Numbers {
            images: 10_000,
            gap: Some(0.005),
            explained: Some(0.802),
            psnr: Some(18.84),
            ssim: Some(0.787),
            dims: 10,
            posterior,
            silhouette: Some(0.11),
            denoises: false,
            epochs: Some((30, 30)),
            still_falling: Some(0.001),
        }
    }

    #[test]
    fn a_good_vae_is_called_one() {
        assert_eq!(
            verdict(&numbers()),
            "Reconstructions keep 80 % of the pixel variance of 10,000 test images (PSNR 18.8 dB, SSIM 0.79), and \
             images that were not trained on are reconstructed as well as those that were. All 10 latent dimensions \
             are in use and carry 18.4 nats about each image, and codes fill the prior: draws from it decode to \
             plausible images; classes overlap in latent space (silhouette 0.11)."
        );
        assert_eq!(advice(&numbers()), None);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let collapsed =
            Some(PosteriorNumbers { kl: 0.001, active: 0, from_prior: FromPrior::Estimated(0.0) });
        let bad = Numbers {
            gap: Some(0.2),
            explained: Some(-0.01),
            posterior: collapsed,
            still_falling: Some(0.05),
            ..numbers()
        };
        let text = verdict(&bad);
        for part in ["no better than the mean training image", "20 % above that of training", "has collapsed"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(advice(&bad).unwrap().contains("--epochs 60"));
        let far = Some(PosteriorNumbers { kl: 9.0, active: 3, from_prior: FromPrior::Estimated(8.0) });
        let text = verdict(&Numbers { posterior: far, ..numbers() });
        assert!(text.contains("Of 10 latent dimensions 3 are in use") && text.contains("far from the prior"));
    }

    #[test]
    fn an_autoencoder_has_no_prior() {
        let plain = Numbers { posterior: None, silhouette: None, ..numbers() };
        assert!(verdict(&plain).ends_with("has no prior, so random codes do not decode to images."));
    }
}
