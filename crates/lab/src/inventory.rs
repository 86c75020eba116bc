//! The inventory of a data set in words.

use data::{Dataset, Inventory, Values};

use crate::lab::Lab;
use crate::numbers::{count, grouped};

/// Classes that are listed one by one.
const LISTED: usize = 12;

/// Says what was found where `set` came from; nothing of a set without an inventory. `images` is how many it has in
/// all its parts.
pub fn tell(set: &Dataset, images: usize, lab: &Lab) {
    let Some(inventory) = set.inventory() else { return };
    for line in lines(set, images, inventory) {
        lab.note(line);
    }
    if let Some(fault) = inventory.fault() {
        lab.warn(format_args!("{}: {fault}", set.name()));
    }
}

/// What was read and left out, what it was taken for, and what its values are like.
pub fn lines(set: &Dataset, images: usize, inventory: &Inventory) -> Vec<String> {
    let kinds = match inventory.kinds.as_slice() {
        [] => String::new(),
        [(kind, _)] => format!(", {kind}"),
        kinds => format!(
            ", {}",
            kinds
                .iter()
                .map(|(kind, files)| format!("{} {kind}", grouped(*files)))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    };
    let mut lines = vec![match set.columns() {
        Some(columns) => {
            format!("{}: {} of {}", set.name(), count(images, "row"), count(columns.names.len(), "column"))
        }
        None => format!("{}: {} of {}{kinds}", set.name(), count(images, "image"), set.shape()),
    }];
    let mut say = |what: &str| lines.push(format!("  {what}"));
    if !inventory.left_out.is_empty() {
        say(&format!("left out: {}", inventory.left_out.join("; ")));
    }
    if !inventory.classes.is_empty() {
        say(&classes(&inventory.classes));
    }
    inventory.notes.iter().for_each(|note| say(note));
    say(&values(&inventory.values, images, set.columns().is_some()));
    lines
}

fn classes(classes: &[(String, usize)]) -> String {
    if classes.len() <= LISTED {
        let each: Vec<String> =
            classes.iter().map(|(name, images)| format!("{name} {}", grouped(*images))).collect();
        return format!("classes: {}", each.join(", "));
    }
    let sizes = classes.iter().map(|(_, images)| *images);
    let (least, most) = (sizes.clone().min().unwrap_or(0), sizes.max().unwrap_or(0));
    let size = if least == most { grouped(most) } else { format!("{} to {}", grouped(least), grouped(most)) };
    format!(
        "{} classes of {size} images: {}, … {}",
        classes.len(),
        classes.iter().take(3).map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "),
        classes.last().map_or("", |(name, _)| name)
    )
}

fn values(values: &Values, images: usize, is_table: bool) -> String {
    let unit = if is_table { "standardised values" } else { "values" };
    let mut text =
        format!("{unit} {:.2} to {:.2}, mean {:.2}", values.min, values.max, signless(values.mean));
    let be = |count: usize, what: &str| {
        format!("{} {} {what}", grouped(count), if count == 1 { "is" } else { "are" })
    };
    if values.constant > 0 {
        text += &format!("; {} (one value throughout)", be(values.constant, "constant"));
    }
    if values.identical > 0 {
        text += &format!("; {} to another", be(values.identical, "identical"));
    }
    if values.images < images {
        let what = if is_table { "rows" } else { "images" };
        text += &format!(" (of {} {what} looked at)", grouped(values.images));
    }
    text
}

/// A number that rounds to 0 without a sign.
fn signless(value: f64) -> f64 {
    if value.abs() < 0.005 { 0.0 } else { value }
}
