//! How training images vary, by what the net is for and how many there are.

use super::aim::Aim;
use super::demand::Demand;

/// `data.augment`, and why; `None` of tables, and where there are images enough.
pub(super) fn augmentation(demand: &Demand<'_>) -> Option<(&'static str, &'static str)> {
    if demand.is_table {
        return None;
    }
    let for_use = match demand.aim {
        Some(Aim::Embedding) => (
            "{ shift = 0.05, brightness = 0.1, contrast = 0.1 }",
            "so that codes depend less on place and light",
        ),
        Some(Aim::Anomalies) => {
            ("{ shift = 0.03, brightness = 0.05 }", "because place and light of what is normal vary")
        }
        // The noise of pairs is in the images already, and would change with their colours.
        Some(Aim::Denoising) if demand.noise.is_none() => {
            ("{ flip = \"both\" }", "because noise is the same whichever way up")
        }
        Some(Aim::Denoising) if demand.shape.channels == 3 => (
            "{ flip = \"both\", hue = 0.5, saturation = 0.4, contrast = 0.2, brightness = 0.2 }",
            "because noise is the same on images of other colours",
        ),
        Some(Aim::Denoising) => (
            "{ flip = \"both\", contrast = 0.2, brightness = 0.2 }",
            "because noise is the same on lighter and darker images",
        ),
        // Letters and digits are grey, and none when mirrored.
        Some(Aim::Generation) | None => match (demand.has_few_images(), demand.shape.channels) {
            (true, 1) => ("{ shift = 0.05 }", "because a shifted image is one more"),
            (true, _) => {
                ("{ flip = \"horizontal\", shift = 0.05 }", "because a mirrored or shifted image is one more")
            }
            (false, _) => return None,
        },
    };
    Some(for_use)
}
