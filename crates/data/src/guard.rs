//! Libraries that read formats of others panic on some damaged files. Here such a panic becomes an error.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread will be caught and told as an error of the file that is being read. A panic hook has
/// nothing to say of it then.
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// What `read` gives; `None` if it panics.
pub(crate) fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    let before = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(before);
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_nothing_and_the_guard_ends() {
        assert_eq!(guarded(|| guarded(is_guarded)), Some(Some(true)));
        assert_eq!(guarded(|| std::panic::resume_unwind(Box::new(()))), None::<()>);
        assert!(!is_guarded());
    }
}
