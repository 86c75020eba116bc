//! Pictures cut into tiles at their own scale.

use super::listing::ListedPage;

/// Tiles of all pictures, at most; of more, every so many are taken.
const MOST: usize = 16_384;

/// The tiles of `size` that lie side by side in each page, in its middle; one, of a page that is smaller. What is cut is
/// said where it is more than one tile.
pub(super) fn cut(pages: Vec<ListedPage>, size: [usize; 2]) -> (Vec<ListedPage>, Option<String>) {
    let count = pages.len();
    let of = |listed: &ListedPage| [0, 1].map(|axis| (listed.header.sides[axis] / size[axis]).max(1));
    let all: usize = pages.iter().map(|listed| of(listed).into_iter().product::<usize>()).sum();
    if all == count && pages.iter().all(|listed| listed.header.sides == size) {
        return (pages, None);
    }
    let (mut tiles, mut at) = (Vec::with_capacity(all.min(MOST)), 0);
    for listed in pages {
        let [rows, columns] = of(&listed);
        let first =
            |axis: usize, tiles: usize| listed.header.sides[axis].saturating_sub(tiles * size[axis]) / 2;
        for tile in 0..rows * columns {
            let is_taken = all <= MOST || at * MOST / all != (at + 1) * MOST / all;
            at += 1;
            if is_taken {
                let [row, column] = [tile / columns, tile % columns];
                let place = [first(0, rows) + row * size[0], first(1, columns) + column * size[1]];
                let (page, header) = (listed.page.clone(), listed.header);
                tiles.push(ListedPage { picture: listed.picture, page, header, tile: Some(place) });
            }
        }
    }
    let [height, width] = size;
    let (made, images) =
        (tiles.len(), if count == 1 { "1 image is".into() } else { format!("{count} images are") });
    let of_all = if made < all { format!(" of {all}") } else { String::new() };
    let note = format!("{images} cut into tiles at their own scale: {made}{of_all} of {height}×{width}");
    (tiles, Some(note))
}
