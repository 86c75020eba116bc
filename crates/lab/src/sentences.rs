//! Sentences about numbers that claim no more than what is printed.

use crate::measures::Measure;
use crate::numbers::{signed, value};

/// Decimals of PSNR in sentences.
const DECIMALS: usize = 1;

/// Decibels in a sentence: `18.8`.
pub fn decibels(psnr: f64) -> String {
    signed(psnr, DECIMALS)
}

/// How two values compare as they are printed with `decimals`: equal where one reads the same.
pub fn printed_order(a: f64, b: f64, decimals: usize) -> std::cmp::Ordering {
    if signed(a, decimals) == signed(b, decimals) { std::cmp::Ordering::Equal } else { a.total_cmp(&b) }
}

/// Whether an estimate of what codes say about their images, in nats, comes so near the most that it can be with so
/// many images (within a nat; of few images three quarters of it) that codes tell each image from all others.
pub fn tells_all_apart(information: f64, ceiling: f64) -> bool {
    information > (ceiling - 1.0).max(0.75 * ceiling)
}

/// A denoiser's outputs beside its inputs, by PSNR in dB: a verb and its object.
pub fn denoising(psnr: f64, noisy: f64) -> String {
    let (after, before) = (decibels(psnr), decibels(noisy));
    match printed_order(psnr, noisy, DECIMALS) {
        std::cmp::Ordering::Greater => {
            format!("the noisy inputs have {before} dB, the network's outputs {after} dB")
        }
        std::cmp::Ordering::Equal => {
            format!("the network takes no noise off: inputs and outputs both have {after} dB")
        }
        std::cmp::Ordering::Less => {
            format!(
                "the network makes images worse: the noisy inputs have {before} dB, its outputs {after} dB"
            )
        }
    }
}

/// A network beside a principal component analysis of `numbers` numbers, by PSNR in dB.
pub fn against_pca(psnr: f64, pca: f64, numbers: &str) -> String {
    let theirs = decibels(pca);
    let analysis = format!("a principal component analysis of {numbers}");
    match printed_order(psnr, pca, DECIMALS) {
        std::cmp::Ordering::Greater => format!("{analysis} reaches {theirs} dB"),
        std::cmp::Ordering::Equal => format!("{analysis} does as well ({theirs} dB)"),
        std::cmp::Ordering::Less => format!("{analysis} does better ({theirs} dB)"),
    }
}

/// The same by mean squared error, where there is no PSNR: of rows of a table, and of very small images.
pub fn against_pca_by_error(mse: f64, pca: f64, numbers: &str) -> String {
    let (own, theirs) = (value(mse), value(pca));
    let analysis = format!("a principal component analysis of {numbers}");
    let measured = format!("mean squared error {theirs}, of the reconstructions {own}");
    match mse.total_cmp(&pca) {
        _ if own == theirs => format!("{analysis} does as well ({measured})"),
        std::cmp::Ordering::Greater => format!("{analysis} does better ({measured})"),
        _ => format!("{analysis} does worse ({measured})"),
    }
}

/// Words about images as words about the rows of a table, whose values are standardised.
pub fn of_rows(text: &str) -> String {
    [
        ("; point at it to see the image", ""),
        ("Pixel variance", "Variance"),
        ("per pixel in [0, 1]", "per standardised value"),
        ("image", "row"),
        ("Image", "Row"),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (of_images, of_rows)| text.replace(of_images, of_rows))
}

/// What `evaluate` says of reconstructions beside what they must be compared with.
pub fn notes(measures: &[Measure], numbers: &str) -> Vec<String> {
    let found = |name: &str| measures.iter().find(|measure| measure.name == name).map(|found| found.value);
    let psnr = found("psnr");
    let denoised = psnr.zip(found("noisy_psnr")).map(|(psnr, noisy)| denoising(psnr, noisy));
    let beside = psnr.zip(found("pca_psnr")).map(|(psnr, pca)| {
        format!("PSNR of the reconstructions {} dB; {}", decibels(psnr), against_pca(psnr, pca, numbers))
    });
    let by_error = found("mse").zip(found("pca_mse")).filter(|_| psnr.is_none());
    let by_error = by_error.map(|(mse, pca)| against_pca_by_error(mse, pca, numbers));
    denoised.into_iter().chain(beside).chain(by_error).collect()
}

/// A sentence with its first letter large.
pub fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_images_are_told_apart_by_no_less_than_most_of_what_there_is_to_say() {
        let of_two = std::f64::consts::LN_2;
        assert!(!tells_all_apart(0.08, of_two) && tells_all_apart(0.6, of_two));
        assert!(!tells_all_apart(7.2, 9.2) && tells_all_apart(8.3, 9.2));
    }

    #[test]
    fn a_difference_is_claimed_only_where_it_is_printed() {
        assert!(against_pca(12.74, 12.71, "as many numbers").contains("does as well (12.7 dB)"));
        assert!(against_pca(12.76, 12.71, "4 numbers").contains("reaches 12.7 dB"));
        assert!(against_pca(12.70, 20.5, "as many numbers").contains("does better (20.5 dB)"));
        assert_eq!(
            against_pca_by_error(0.423, 0.061, "as many numbers"),
            "a principal component analysis of as many numbers does better (mean squared error 0.06100, of the \
             reconstructions 0.42300)"
        );
        assert!(against_pca_by_error(0.06100001, 0.061, "3 numbers").contains("does as well"));
        assert!(denoising(19.2, 20.5).contains("makes images worse: the noisy inputs have 20.5 dB"));
        assert!(denoising(25.0, 20.5).starts_with("the noisy inputs have 20.5 dB"));
        assert!(denoising(20.49, 20.51).contains("takes no noise off"));
    }
}
