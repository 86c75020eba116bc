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
        Some(Aim::Denoising) => ("{ flip = \"both\" }", "because noise is the same whichever way up"),
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
