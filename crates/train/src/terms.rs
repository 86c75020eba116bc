//! Loss terms by name, as events and reports hold them.

use network::{Network, Terms};

/// The terms that `network`'s objective has, by name: `total`, and its summands `reconstruction`, `kl` (of a
/// VAE) and `code_l1` (where its weight is not 0).
pub fn named_terms(terms: &Terms, network: &Network) -> run::Terms {
    let present = [
        ("total", terms.total, true),
        ("reconstruction", terms.reconstruction, true),
        ("kl", terms.kl, network.is_variational()),
        ("code_l1", terms.code_l1, network.objective.code_l1 > 0.0),
    ];
    let named = present.into_iter().filter(|(_, _, present)| *present);
    named.map(|(name, value, _)| (name.to_owned(), value)).collect()
}

/// Whether every term is a number.
pub(crate) fn are_finite(terms: &Terms) -> bool {
    [terms.total, terms.reconstruction, terms.kl, terms.code_l1].iter().all(|term| term.is_finite())
}
