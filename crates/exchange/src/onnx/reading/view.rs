//! Axes in a file's order over a value of ours.

use network::Shape;

use crate::assembly::NodeId;

/// A value with its axes in the file's order, the batch left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The value of ours.
    pub node: NodeId,
    /// Of each axis, outermost first: so many steps of so many values of ours. An axis that joins several has several.
    pub axes: Vec<Axis>,
}

/// Steps of an axis: how many, and how far each goes among the values of ours; those of one step left out.
pub type Axis = Vec<(usize, usize)>;

/// How many places an axis has.
pub fn length(axis: &[(usize, usize)]) -> usize {
    axis.iter().map(|(count, _)| count).product()
}

/// The same steps in their shortest form.
fn joined(steps: impl IntoIterator<Item = (usize, usize)>) -> Axis {
    let mut axis: Axis = Vec::new();
    for (count, step) in steps.into_iter().filter(|(count, _)| *count != 1) {
        match axis.last_mut() {
            Some(last) if last.1 == count.saturating_mul(step) => {
                *last = (last.0.saturating_mul(count), step)
            }
            _ => axis.push((count, step)),
        }
    }
    axis
}

impl View {
    /// All values in their order, under these sides.
    pub fn plain(node: NodeId, sides: &[usize]) -> Self {
        let mut step = 1usize;
        let mut axes: Vec<Axis> = Vec::new();
        for side in sides.iter().rev() {
            axes.push(joined([(*side, step)]));
            step = step.saturating_mul(*side);
        }
        axes.reverse();
        Self { node, axes }
    }

    /// Channels, rows, columns of an image of ours.
    pub fn channels_first(node: NodeId, (height, width, channels): (usize, usize, usize)) -> Self {
        let axes = vec![
            joined([(channels, 1)]),
            joined([(height, width.saturating_mul(channels))]),
            joined([(width, channels)]),
        ];
        Self { node, axes }
    }

    /// Its sides.
    pub fn sides(&self) -> Vec<usize> {
        self.axes.iter().map(|axis| length(axis)).collect()
    }

    /// How many values it has.
    pub fn len(&self) -> usize {
        self.sides().into_iter().fold(1, usize::saturating_mul)
    }

    /// Its axes in another order.
    pub fn transposed(&self, order: &[usize]) -> Option<Self> {
        let axes = order.iter().map(|axis| self.axes.get(*axis).cloned()).collect::<Option<Vec<_>>>()?;
        (axes.len() == self.axes.len()).then_some(Self { node: self.node, axes })
    }

    /// Its values in their order under other sides; `None` where an axis would have to be cut within a step.
    pub fn reshaped(&self, sides: &[usize]) -> Option<Self> {
        let mut steps: Vec<(usize, usize)> = self.axes.iter().flatten().copied().rev().collect();
        let mut axes = Vec::new();
        for side in sides {
            let (mut left, mut axis) = (*side, Vec::new());
            while left > 1 {
                let (count, step) = steps.pop()?;
                if left.is_multiple_of(count) {
                    axis.push((count, step));
                    left /= count;
                } else if count.is_multiple_of(left) {
                    let rest = count / left;
                    axis.push((left, step.checked_mul(rest)?));
                    steps.push((rest, step));
                    left = 1;
                } else {
                    return None;
                }
            }
            axes.push(joined(axis));
        }
        steps.is_empty().then_some(Self { node: self.node, axes })
    }

    /// Where each of its values lies among those of ours.
    pub fn places(&self) -> Vec<usize> {
        let mut places = vec![0];
        for (count, step) in self.axes.iter().flatten() {
            places = places.iter().flat_map(|place| (0..*count).map(move |i| place + i * step)).collect();
        }
        places
    }

    /// Whether its values lie in the order of ours.
    pub fn is_plain(&self) -> bool {
        matches!(joined(self.axes.iter().flatten().copied())[..], [] | [(_, 1)])
    }

    /// The image of which it shows channels, rows and columns.
    pub fn image(&self) -> Option<Shape> {
        let [channels, height, width] = self.sides()[..] else { return None };
        (self.axes == Self::channels_first(self.node, (height, width, channels)).axes)
            .then(|| Shape::image(height, width, channels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flattened_image_is_one_again() {
        let image = View::channels_first(0, (2, 3, 4));
        let flat = image.reshaped(&[24]).unwrap();
        assert!(!flat.is_plain());
        assert_eq!(flat.places()[..4], [0, 4, 8, 12]);
        assert_eq!(flat.reshaped(&[4, 2, 3]).unwrap(), image);
        assert_eq!(flat.reshaped(&[5, 5]), None);
        let last = image.transposed(&[1, 2, 0]).unwrap();
        assert!(last.is_plain() && last.reshaped(&[24]).unwrap().is_plain());
        assert_eq!(image.image(), Some(Shape::image(2, 3, 4)));
        assert_eq!(last.image(), None);
    }
}
