//! How the work of a batch is cut.
//!
//! What is added up together depends on the network and the batch size alone, never on the number of threads. Images form
//! *groups*, whose gradients are added up image by image, and then group by group in order. So the same seed gives the
//! same bits on one thread or on 64. `plan/cut_choice.rs` chooses the numbers.
//!
//! Threads and caches decide only what changes no sum: a *shard* is the images that run through the network together, a
//! *span* the groups that one work item takes.

use std::ops::Range;

/// How a batch is cut: spans of images that one thread works through shard by shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub batch: usize,
    /// Groups of images, as equal as can be; gradients are added up within a group, then group by group.
    pub groups: usize,
    /// Groups that a span is of.
    pub groups_per_span: usize,
    /// Images that run through the network together, so that they stay in cache: part of a group, or a whole span.
    /// Results do not depend on it.
    pub shard: usize,
}

impl Cut {
    /// The first image of a group.
    fn start(self, group: usize) -> usize {
        group * self.batch / self.groups
    }

    /// How many groups the first `images` images are in.
    pub fn groups_in(self, images: usize) -> usize {
        (images * self.groups).div_ceil(self.batch)
    }

    /// The groups of the images `first .. first + count`.
    pub fn groups_of(self, first: usize, count: usize) -> Range<usize> {
        self.groups_in(first + 1) - 1..self.groups_in(first + count)
    }

    /// The images of each of these groups, counted from `first` on.
    pub fn parts(self, first: usize, count: usize) -> impl Iterator<Item = Range<usize>> {
        let place = move |image: usize| image.clamp(first, first + count) - first;
        self.groups_of(first, count).map(move |group| place(self.start(group))..place(self.start(group + 1)))
    }

    /// Whether a group begins with this image.
    pub fn begins(self, image: usize) -> bool {
        self.start(self.groups_of(image, 1).start) == image
    }

    /// How many spans the first `images` images are in.
    pub fn spans(self, images: usize) -> usize {
        self.groups_in(images).div_ceil(self.groups_per_span)
    }

    /// The most shards that a span is cut into.
    pub fn shards_of_span(self) -> usize {
        let images = (0..self.spans(self.batch)).map(|span| self.shards(span, self.batch).count());
        images.max().unwrap_or(0)
    }

    /// The images of a span, in shards: first image and number of each.
    pub fn shards(self, span: usize, images: usize) -> impl Iterator<Item = (usize, usize)> {
        let edge = |span: usize| self.start((span * self.groups_per_span).min(self.groups)).min(images);
        let (first, end) = (edge(span), edge(span + 1));
        (first..end).step_by(self.shard).map(move |first| (first, self.shard.min(end - first)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_is_in_one_shard_and_one_part_of_its_group() {
        for batch in [1usize, 2, 7, 10, 100] {
            for groups in 1..=batch.min(9) {
                let group = batch.div_ceil(groups);
                let within = (1..=group).map(|shard| (1, shard));
                let across = (1..=groups)
                    .map(|groups_per_span| (groups_per_span, (groups_per_span * batch).div_ceil(groups)));
                for (groups_per_span, shard) in within.chain(across) {
                    let cut = Cut { batch, groups, groups_per_span, shard };
                    (1..=batch).for_each(|images| check(cut, images));
                }
            }
        }
    }

    fn check(cut: Cut, images: usize) {
        let (mut next, mut begun) = (0, 0);
        for span in 0..cut.spans(images) {
            for (first, count) in cut.shards(span, images) {
                assert_eq!(first, next, "{cut:?}");
                let of_shard = cut.groups_of(first, count);
                assert_eq!(cut.parts(first, count).count(), of_shard.len(), "{cut:?}");
                for (group, part) in of_shard.clone().zip(cut.parts(first, count)) {
                    assert_eq!(first + part.start, next, "{cut:?}");
                    assert!(cut.start(group) <= next && !part.is_empty(), "{cut:?}");
                    next += part.len();
                    assert!(next <= cut.start(group + 1), "{cut:?}");
                }
                assert_eq!(next, first + count, "{cut:?}");
                // A group's buffer is written anew by its first shard, and belongs to one span.
                assert_eq!(cut.begins(first), of_shard.start == begun, "{cut:?}");
                begun = of_shard.end;
            }
        }
        assert_eq!((next, begun), (images, cut.groups_in(images)), "{cut:?}");
    }
}
