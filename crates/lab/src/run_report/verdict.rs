//! A few sentences on what a run's numbers say.

use crate::numbers::{count, grouped, signed, value};
use crate::run_report::facts::{Course, DrawNumbers, Gap, Numbers, PosteriorNumbers};
use crate::sentences::{against_pca, against_pca_by_error, capitalised, denoising, of_rows, tells_all_apart};

/// A difference in dB between training and test images below which nobody speaks of overfitting.
const SMALL_GAP: f64 = 0.3;
/// Above it everybody does.
const LARGE_GAP: f64 = 1.0;
/// A fall over the last tenth of the epochs, as a share of that over the second half, that more epochs would continue: a
/// straight line falls by a fifth.
const WORTH_MORE_EPOCHS: f64 = 0.1;
/// How far draws must mix with reconstructed test images for a sampler to be praised, and for it not to be warned of.
const WELL_MIXED: f64 = 0.6;
const APART: f64 = 0.3;
/// A posterior so much narrower than the prior is that of an autoencoder.
const NARROW: f64 = 0.1;

/// Sentences about reconstructions, then about the latent space.
pub fn verdict(numbers: &Numbers) -> String {
    let latent = match numbers.is_table {
        true => of_rows(&latent(numbers)),
        false => latent(numbers),
    };
    let fault = numbers.fault.as_ref().map(|fault| format!("Look at the data first: {fault}."));
    [fault, Some(reconstructions(numbers)), beside(numbers), Some(latent), draws(numbers)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

fn reconstructions(numbers: &Numbers) -> String {
    let what = if numbers.denoises { "Denoised images" } else { "Reconstructions" };
    let (thing, variance) = if numbers.is_table { ("row", "variance") } else { ("image", "pixel variance") };
    let images = count(numbers.images, &format!("test {thing}"));
    let mut measured = Vec::new();
    measured.extend(numbers.psnr.map(|psnr| format!("PSNR {} dB", signed(psnr, 1))));
    measured.extend(numbers.ssim.map(|ssim| format!("SSIM {}", signed(ssim, 2))));
    let measured = if measured.is_empty() { String::new() } else { format!(" ({})", measured.join(", ")) };
    let kept = match numbers.explained {
        Some(share) if share <= 0.0 => {
            format!("{what} of {images} are no better than the mean training {thing}{measured}")
        }
        Some(share) => {
            format!("{what} keep {:.0} % of the {variance} of {images}{measured}", 100.0 * share)
        }
        None => format!("{what} were measured on {images}{measured}"),
    };
    let done = if numbers.denoises { "denoised" } else { "reconstructed" };
    let unseen = match numbers.gap {
        Some(Gap { decibels, error }) if decibels > 2.0 * error && decibels >= LARGE_GAP => {
            format!(", but training images are {done} {decibels:.1} dB better: the model has overfitted")
        }
        Some(Gap { decibels, error }) if decibels > 2.0 * error && decibels >= SMALL_GAP => {
            format!("; training images are {done} {decibels:.1} dB better, a beginning of overfitting")
        }
        Some(Gap { error, .. }) if 2.0 * error > LARGE_GAP => {
            "; so few images cannot show whether the model has overfitted".into()
        }
        Some(_) => format!(", and images that were not trained on are {done} as well as those that were"),
        None => String::new(),
    };
    format!("{kept}{unseen}.")
}

/// Reconstructions beside those of principal components, denoised images beside noisy ones.
fn beside(numbers: &Numbers) -> Option<String> {
    let psnr = numbers.psnr;
    let sentences = [
        psnr.zip(numbers.noisy_psnr).map(|(psnr, noisy)| denoising(psnr, noisy)),
        psnr.zip(numbers.pca_psnr).map(|(psnr, pca)| against_pca(psnr, pca, &numbers.pca_numbers)),
        numbers.errors.map(|(mse, pca)| against_pca_by_error(mse, pca, &numbers.pca_numbers)),
    ];
    let sentences: Vec<String> =
        sentences.into_iter().flatten().map(|text| format!("{}.", capitalised(&text))).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
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
    if !numbers.is_variational {
        let code = count(dims, "number");
        return format!(
            "The code of {code} has no prior, so codes drawn from N(0, I) lie elsewhere{classes}."
        );
    }
    let Some(posterior) = numbers.posterior else {
        return "What the codes hold cannot be told from a single test image.".into();
    };
    let PosteriorNumbers { kl, used, deviation, .. } = posterior;
    if used == 0 {
        let cost = match kl {
            kl if kl < 1.0 => format!(" (KL {kl:.2} nats)"),
            kl => format!(" (its KL of {kl:.1} nats is the same for every image)"),
        };
        return format!(
            "The posterior has collapsed: none of {} says anything about the image{cost}{classes}.",
            count(dims, "latent dimension")
        );
    }
    let in_use = match (used, dims) {
        (1, 1) => "The latent dimension is in use".to_owned(),
        (used, dims) if used == dims => format!("All {dims} latent dimensions are in use"),
        (1, dims) => format!("Of {dims} latent dimensions 1 is in use"),
        (used, dims) => format!("Of {dims} latent dimensions {used} are in use"),
    };
    let narrow = match deviation < NARROW {
        true => format!(
            "; the posterior's deviation is {}, where the prior's is 1: an autoencoder more than a VAE",
            signed(deviation, if deviation < 0.02 { 3 } else { 2 })
        ),
        false => String::new(),
    };
    // Codes may say what no decoder makes anything of.
    let unheard = match (posterior.information, numbers.explained) {
        (Some(information), Some(share))
            if share <= 0.0 && tells_all_apart(information, posterior.ceiling) =>
        {
            ", of which reconstructions show nothing yet"
        }
        _ => "",
    };
    format!("{in_use}, and {}{unheard}{narrow}{classes}.", information(numbers.images, &posterior))
}

/// What a code says about its image, as far as the estimate goes.
fn information(images: usize, posterior: &PosteriorNumbers) -> String {
    let PosteriorNumbers { kl, information, ceiling, .. } = *posterior;
    match information {
        Some(information) if tells_all_apart(information, ceiling) => format!(
            "a code tells its image from all other test images (it says at least {information:.1} nats, and with {} \
             images the estimate cannot exceed {ceiling:.1}; its KL is {kl:.1})",
            grouped(images)
        ),
        Some(information) => {
            format!("a code says {information:.1} nats about its image, of {kl:.1} nats of KL")
        }
        None => format!("codes have a KL of {kl:.1} nats"),
    }
}

/// How images decoded from drawn codes look beside reconstructions, which are the most that the decoder can do.
fn draws(numbers: &Numbers) -> Option<String> {
    let DrawNumbers { prior, fitted, is_fitted_better } = &numbers.draws;
    let percent = |mixing: f64| format!("{:.0} %", 100.0 * mixing);
    let decode = |mixing: f64| {
        let how = match mixing {
            mixing if mixing >= WELL_MIXED => "decode to images like the reconstructed test images",
            mixing if mixing >= APART => "decode in part to images like the reconstructed test images",
            _ => "decode to nothing like the reconstructed test images",
        };
        format!("{how} (by their neighbours both mix to {}", percent(mixing))
    };
    let mixture = "from Gaussians fitted to the codes";
    match (prior, fitted.as_ref().filter(|_| *is_fitted_better)) {
        (None, None) => None,
        (Some(prior), None) => Some(format!("Draws from the prior {}).", decode(*prior))),
        (Some(prior), Some((fitted, options))) => Some(format!(
            "Draws from the prior {}); draws {mixture} do better ({}; generate {options}).",
            decode(*prior),
            percent(*fitted)
        )),
        (None, Some((fitted, options))) => {
            Some(format!("Draws {mixture} {}; generate {options}).", decode(*fitted)))
        }
    }
}

/// What to try next, where the numbers say so.
pub fn advice(numbers: &Numbers) -> Option<String> {
    if numbers.fault.is_some() {
        return None;
    }
    let Course { best, epochs, stopped_of, last_fall, still_falling, could_learn, unit } = numbers.course?;
    if let Some(asked) = stopped_of {
        return Some(format!(
            "Training stopped after epoch {epochs} of {asked}, because validation had become no better since epoch {best}, \
             whose weights this report uses."
        ));
    }
    if best == epochs {
        return still_falling.filter(|share| *share > WORTH_MORE_EPOCHS).map(|_| {
            format!(
                "The best epoch is the last, and the validation loss fell by {} {unit} over the last tenth of the \
                 epochs: more epochs (--epochs {}) should help.",
                value(last_fall),
                2 * epochs
            )
        });
    }
    let overfits = numbers.gap.is_some_and(|gap| gap.decibels > 2.0 * gap.error && gap.decibels >= SMALL_GAP);
    let after = match could_learn && overfits && (epochs - best) * 10 >= epochs {
        true => format!(
            "; the {} after it made validation images worse",
            count((epochs - best) as usize, "epoch")
        ),
        false => String::new(),
    };
    Some(format!("The best of {epochs} epochs is epoch {best}, whose weights this report uses{after}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_report::facts::FromPrior;

    fn posterior() -> PosteriorNumbers {
        PosteriorNumbers {
            kl: 18.45,
            used: 10,
            active: 10,
            deviation: 0.4,
            information: Some(7.2),
            ceiling: 9.2,
            from_prior: FromPrior::OfMoments(0.9),
        }
    }

    fn numbers() -> Numbers {
        let course = Course {
            best: 30,
            epochs: 30,
            stopped_of: None,
            last_fall: 0.1,
            still_falling: Some(0.02),
            could_learn: false,
            unit: "nats per image",
        };
        Numbers {
            images: 10_000,
            gap: Some(Gap { decibels: 0.1, error: 0.02 }),
            explained: Some(0.802),
            psnr: Some(18.84),
            ssim: Some(0.787),
            pca_psnr: Some(16.12),
            pca_numbers: "as many numbers".into(),
            dims: 10,
            fault: None,
            is_table: false,
            is_variational: true,
            posterior: Some(posterior()),
            draws: DrawNumbers { prior: Some(0.86), ..DrawNumbers::default() },
            silhouette: Some(0.11),
            course: Some(course),
            ..Numbers::default()
        }
    }

    #[test]
    fn a_good_vae_is_called_one() {
        assert_eq!(
            verdict(&numbers()),
            "Reconstructions keep 80 % of the pixel variance of 10,000 test images (PSNR 18.8 dB, SSIM 0.79), and \
             images that were not trained on are reconstructed as well as those that were. A principal component \
             analysis of as many numbers reaches 16.1 dB. All 10 latent dimensions are in use, and a code says 7.2 \
             nats about its image, of 18.4 nats of KL; classes overlap in latent space (silhouette 0.11). Draws from \
             the prior decode to images like the reconstructed test images (by their neighbours both mix to 86 %)."
        );
        assert_eq!(advice(&numbers()), None);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let collapsed = PosteriorNumbers { kl: 0.001, used: 0, information: Some(0.0), ..posterior() };
        let falling = Course { still_falling: Some(0.15), last_fall: 3.25, ..numbers().course.unwrap() };
        let bad = Numbers {
            gap: Some(Gap { decibels: 2.3, error: 0.1 }),
            explained: Some(-0.01),
            posterior: Some(collapsed),
            course: Some(falling),
            pca_psnr: Some(20.5),
            ..numbers()
        };
        let text = verdict(&bad);
        for part in [
            "no better than the mean training image",
            "training images are reconstructed 2.3 dB better: the model has overfitted",
            "has collapsed",
            "analysis of as many numbers does better (20.5 dB)",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let advice = advice(&bad).unwrap();
        assert!(
            advice.contains("fell by 3.2500 nats per image") && advice.contains("--epochs 60"),
            "{advice}"
        );
    }

    #[test]
    fn an_autoencoder_in_a_vaes_clothes_is_told_so() {
        let narrow = PosteriorNumbers {
            kl: 135.9,
            deviation: 0.0112,
            information: Some(5.93),
            ceiling: 5.93,
            ..posterior()
        };
        let draws = DrawNumbers {
            prior: Some(0.02),
            fitted: Some((0.61, "--sampler gmm --components 5".into())),
            is_fitted_better: true,
        };
        let text = verdict(&Numbers { images: 378, posterior: Some(narrow), draws, ..numbers() });
        for part in [
            "a code tells its image from all other test images (it says at least 5.9 nats, and with 378 images the \
             estimate cannot exceed 5.9; its KL is 135.9)",
            "the posterior's deviation is 0.011, where the prior's is 1: an autoencoder more than a VAE",
            "Draws from the prior decode to nothing like the reconstructed test images (by their neighbours both mix \
             to 2 %); draws from Gaussians fitted to the codes do better (61 %; generate --sampler gmm \
             --components 5).",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("carr"), "{text}");
    }

    #[test]
    fn what_codes_say_depends_on_what_was_measured() {
        let ceiling = std::f64::consts::LN_2;
        let little = PosteriorNumbers { information: Some(0.08), ceiling, used: 7, active: 0, ..posterior() };
        let few = Numbers { images: 2, explained: Some(-0.1), posterior: Some(little), ..numbers() };
        let text = verdict(&few);
        assert!(text.contains("a code says 0.1 nats about its image"), "{text}");
        let all = PosteriorNumbers { information: Some(0.69), ..little };
        let text = verdict(&Numbers { posterior: Some(all), ..few });
        assert!(text.contains("its KL is 18.4), of which reconstructions show nothing yet"), "{text}");
    }

    #[test]
    fn rows_of_a_table_are_no_images() {
        let table = Numbers {
            is_table: true,
            psnr: None,
            ssim: None,
            pca_psnr: None,
            errors: Some((0.423, 0.061)),
            gap: None,
            draws: DrawNumbers::default(),
            ..numbers()
        };
        let text = verdict(&table);
        assert!(text.contains("A principal component analysis of as many numbers does better"), "{text}");
        assert!(text.contains("a code says 7.2 nats about its row") && !text.contains("image"), "{text}");
    }

    #[test]
    fn words_about_priors_fit_the_model() {
        let plain = Numbers { posterior: None, is_variational: false, silhouette: None, ..numbers() };
        let plain = Numbers { draws: DrawNumbers::default(), ..plain };
        assert!(verdict(&plain).ends_with("has no prior, so codes drawn from N(0, I) lie elsewhere."));
        let fitted = Some((0.95, "--sampler gmm --components 10".into()));
        let draws = DrawNumbers { prior: None, fitted, is_fitted_better: true };
        assert!(verdict(&Numbers { draws, ..plain }).ends_with(
            "Draws from Gaussians fitted to the codes decode to images like the reconstructed test images \
             (by their neighbours both mix to 95 %; generate --sampler gmm --components 10)."
        ));
        // A VAE with one test image has a prior, but nothing to say.
        let single = Numbers { posterior: None, draws: DrawNumbers::default(), ..numbers() };
        assert!(!verdict(&single).contains("no prior") && verdict(&single).contains("single test image"));
        // Collapsed onto one point far from the prior: many nats, none about the image.
        let far = PosteriorNumbers { kl: 100.0, used: 0, ..posterior() };
        let text = verdict(&Numbers { posterior: Some(far), ..numbers() });
        assert!(text.contains("KL of 100.0 nats is the same for every image"), "{text}");
    }

    #[test]
    fn a_denoiser_is_judged_by_its_inputs() {
        let worse = Numbers { denoises: true, noisy_psnr: Some(20.5), psnr: Some(19.2), ..numbers() };
        let text = verdict(&worse);
        assert!(
            text.contains(
                "The network makes images worse: the noisy inputs have 20.5 dB, its outputs 19.2 dB."
            ),
            "{text}"
        );
    }

    #[test]
    fn later_epochs_are_blamed_only_for_what_they_could_do() {
        let earlier = Course { best: 20, could_learn: true, ..numbers().course.unwrap() };
        let overfitted = Some(Gap { decibels: 1.5, error: 0.1 });
        let text = |numbers: Numbers| advice(&numbers).unwrap();
        let blamed = text(Numbers { course: Some(earlier), gap: overfitted, ..numbers() });
        assert!(
            blamed.ends_with("this report uses; the 10 epochs after it made validation images worse."),
            "{blamed}"
        );
        let decayed = Course { could_learn: false, ..earlier };
        let plain = text(Numbers { course: Some(decayed), gap: overfitted, ..numbers() });
        assert!(plain.ends_with("epoch 20, whose weights this report uses."), "{plain}");
        let stopped = text(Numbers { course: Some(Course { stopped_of: Some(60), ..earlier }), ..numbers() });
        assert!(
            stopped.starts_with("Training stopped after epoch 30 of 60, because validation"),
            "{stopped}"
        );
        assert!(stopped.contains("no better since epoch 20, whose weights"), "{stopped}");
    }

    #[test]
    fn few_images_show_no_overfitting() {
        let gap = Some(Gap { decibels: 1.4, error: 0.9 });
        let text = verdict(&Numbers { gap, ..numbers() });
        assert!(text.contains("so few images cannot show whether the model has overfitted"), "{text}");
    }
}
