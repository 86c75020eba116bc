//! The assignment problem.

/// For each row of the square table `gains`, its column, one to one, so that the sum of gains is greatest.
///
/// Shortest augmenting paths with potentials (Kuhn 1955, Munkres 1957; in the form of Jonker & Volgenant 1987),
/// exact, size³ steps.
pub(super) fn best_assignment(gains: &[u64], size: usize) -> Vec<usize> {
    let most = gains.iter().copied().max().unwrap_or(0) as i64;
    let cost = |row: usize, column: usize| most - gains[row * size + column] as i64;
    // Row and column 0 are the path's root; rows and columns count from 1.
    let mut row_potential = vec![0i64; size + 1];
    let mut column_potential = vec![0i64; size + 1];
    let mut row_of = vec![0usize; size + 1];
    for row in 1..=size {
        row_of[0] = row;
        let mut column = 0;
        let mut slack = vec![i64::MAX; size + 1];
        let mut before = vec![0usize; size + 1];
        let mut visited = vec![false; size + 1];
        // Grow the tree of tight edges until it reaches a free column.
        while row_of[column] != 0 {
            visited[column] = true;
            let at = row_of[column];
            let (mut least, mut next) = (i64::MAX, 0);
            for other in (1..=size).filter(|other| !visited[*other]) {
                let reduced = cost(at - 1, other - 1) - row_potential[at] - column_potential[other];
                if reduced < slack[other] {
                    slack[other] = reduced;
                    before[other] = column;
                }
                if slack[other] < least {
                    least = slack[other];
                    next = other;
                }
            }
            for other in 0..=size {
                if visited[other] {
                    row_potential[row_of[other]] += least;
                    column_potential[other] -= least;
                } else if slack[other] < i64::MAX {
                    slack[other] -= least;
                }
            }
            column = next;
        }
        // Turn the path around.
        while column != 0 {
            row_of[column] = row_of[before[column]];
            column = before[column];
        }
    }
    let mut column_of = vec![0; size];
    (1..=size).for_each(|column| column_of[row_of[column] - 1] = column - 1);
    column_of
}

#[cfg(test)]
mod tests {
    use super::best_assignment;

    fn permutations(size: usize) -> Vec<Vec<usize>> {
        if size == 0 {
            return vec![vec![]];
        }
        permutations(size - 1)
            .into_iter()
            .flat_map(|rest| {
                (0..size).map(move |at| {
                    let mut all = rest.clone();
                    all.insert(at, size - 1);
                    all
                })
            })
            .collect()
    }

    #[test]
    fn no_permutation_gains_more() {
        let mut cursor = random::Stream::new(1, "gains").cursor(0, 0);
        for case in 0..200 {
            let size = 1 + case % 6;
            let gains: Vec<u64> = (0..size * size).map(|_| u64::from(cursor.below(9))).collect();
            let gain = |columns: &[usize]| -> u64 {
                columns.iter().enumerate().map(|(row, column)| gains[row * size + column]).sum()
            };
            let best = permutations(size).iter().map(|columns| gain(columns)).max().unwrap();
            let found = best_assignment(&gains, size);
            let mut sorted = found.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..size));
            assert_eq!(gain(&found), best, "{gains:?}");
        }
    }
}
