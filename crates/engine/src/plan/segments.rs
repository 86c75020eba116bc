//! How phase one is cut where images of a batch depend on each other.
//!
//! Without such a dependence there is one segment: every shard of images runs through the whole network and back. A layer
//! with a [`Barrier`](crate::ops::Barrier) ends a segment: all shards leave what they have for it, one thread joins that
//! in a fixed order, and the next segment goes on. Backward the same happens once more.

use std::ops::Range;

/// What the shards do between two barriers: some operations forward, the loss, some operations backward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Whether it begins with the images.
    pub is_first: bool,
    pub forward: Range<usize>,
    /// The operation whose barrier ends it on the way forward.
    pub joins_forward: Option<usize>,
    /// Whether the loss lies between the two ways.
    pub loss: bool,
    /// From the last to the first.
    pub backward: Range<usize>,
    /// The operation whose barrier ends it on the way back.
    pub joins_backward: Option<usize>,
}

/// The segments of `count` operations, of which those of `barriers` have one.
pub(crate) fn segments(count: usize, barriers: &[usize]) -> Vec<Segment> {
    let none = Segment {
        is_first: false,
        forward: 0..0,
        joins_forward: None,
        loss: false,
        backward: 0..0,
        joins_backward: None,
    };
    let mut segments = Vec::new();
    let mut first = 0;
    for barrier in barriers {
        segments.push(Segment { forward: first..*barrier, joins_forward: Some(*barrier), ..none.clone() });
        first = *barrier;
    }
    segments.push(Segment { forward: first..count, loss: true, ..none.clone() });
    let mut end = count;
    for barrier in barriers.iter().rev() {
        let last = segments.last_mut().expect("there is one at least");
        (last.backward, last.joins_backward) = (*barrier + 1..end, Some(*barrier));
        segments.push(none.clone());
        end = *barrier + 1;
    }
    segments.last_mut().expect("there is one at least").backward = 0..end;
    segments[0].is_first = true;
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_runs_once_each_way_and_in_order() {
        for barriers in [&[][..], &[2], &[0, 3], &[1, 2, 4]] {
            let (mut forward, mut backward) = (Vec::new(), Vec::new());
            let (mut losses, mut joins) = (0, Vec::new());
            for segment in segments(5, barriers) {
                assert!(losses == 0 || segment.forward.is_empty());
                forward.extend(segment.forward);
                joins.extend(segment.joins_forward);
                losses += usize::from(segment.loss);
                assert!(losses > 0 || segment.backward.is_empty());
                backward.extend(segment.backward.rev());
                joins.extend(segment.joins_backward);
                // What lies before a barrier on the way forward has run, what lies behind it has not.
                assert_eq!(forward.len(), if losses > 0 { 5 } else { joins[joins.len() - 1] });
            }
            assert_eq!(forward, [0, 1, 2, 3, 4]);
            assert_eq!(backward, [4, 3, 2, 1, 0]);
            let both: Vec<_> = barriers.iter().chain(barriers.iter().rev()).copied().collect();
            assert_eq!((losses, joins), (1, both));
        }
    }
}
