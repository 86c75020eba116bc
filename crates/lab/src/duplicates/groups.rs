//! Pictures whose thumbnails hang together.

use analysis::{Table, neighbours};
use data::Thumbnails;

use crate::error::Error;

/// Nearest other pictures that each is linked to; more equal ones hang together through each other.
const LINKS: usize = 8;

/// A picture of a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Member {
    /// Its place in the set.
    pub image: usize,
    /// Difference from the nearest other picture of the group.
    pub difference: f64,
}

/// Pictures that are nearly the same: each is near to another one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct DuplicateGroup {
    /// At least two, in the order of the set.
    pub members: Vec<Member>,
}

/// The groups among `count` thumbnails, of differences up to `most`; the largest first, then in the order of the set.
pub fn of(thumbnails: &Thumbnails, count: usize, most: f64) -> Result<Vec<DuplicateGroup>, Error> {
    if count < 2 {
        return Ok(Vec::new());
    }
    let found = neighbours(Table::new(thumbnails.values(), thumbnails.each())?, LINKS.min(count - 1))?;
    let scale = (thumbnails.each() as f64).sqrt(); // from Euclidean distances to root mean squares
    let difference = |distance: f32| f64::from(distance) / scale;
    let mut forest = Forest::new(count);
    for image in 0..count {
        for (other, distance) in found.indices(image).iter().zip(found.distances(image)) {
            if difference(*distance) <= most {
                forest.join(image, *other as usize);
            }
        }
    }
    let mut by_root: Vec<Vec<Member>> = vec![Vec::new(); count];
    for image in 0..count {
        let nearest = difference(found.distances(image)[0]);
        by_root[forest.root(image)].push(Member { image, difference: nearest });
    }
    let mut groups: Vec<DuplicateGroup> = by_root
        .into_iter()
        .filter(|members| members.len() > 1)
        .map(|members| DuplicateGroup { members })
        .collect();
    groups.sort_by_key(|group| (std::cmp::Reverse(group.members.len()), group.members[0].image));
    Ok(groups)
}

/// Which pictures hang together, as trees (Tarjan 1975).
struct Forest(Vec<usize>);

impl Forest {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use data::{Dataset, ImageShape};

    use super::*;

    fn thumbnails(levels: &[u8]) -> Thumbnails {
        let pixels = levels.iter().flat_map(|level| [*level; 16]).collect();
        Thumbnails::of(&Dataset::from_bytes("levels", ImageShape::new(4, 4, 1), pixels).unwrap())
    }

    #[test]
    fn what_hangs_together_is_a_group() {
        // 0, 2 and 4 are a chain; 5 and 6 are equal; 1 and 3 are alone.
        let levels = [100, 0, 102, 50, 104, 200, 200];
        let groups = of(&thumbnails(&levels), levels.len(), 2.5 / 255.0).unwrap();
        let images =
            |group: &DuplicateGroup| group.members.iter().map(|member| member.image).collect::<Vec<_>>();
        assert_eq!(groups.iter().map(images).collect::<Vec<_>>(), [vec![0, 2, 4], vec![5, 6]]);
        assert!((groups[0].members[1].difference - 2.0 / 255.0).abs() < 1e-6);
        assert_eq!(groups[1].members[0].difference, 0.0);
    }

    #[test]
    fn many_equal_ones_are_one_group() {
        let groups = of(&thumbnails(&[7; 40]), 40, 0.0).unwrap();
        assert_eq!((groups.len(), groups[0].members.len()), (1, 40));
        assert_eq!(of(&thumbnails(&[7]), 1, 1.0).unwrap(), []);
    }
}
