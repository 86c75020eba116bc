//! A buffer that work items of one phase write in disjoint parts.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::ops::Range;

/// A fixed-size buffer shared between threads. The executor hands disjoint ranges to the work items of a
/// phase, and phases are separated by the thread pool's barrier.
pub(crate) struct Shared<T> {
    /// The values from `start` on, which lies on a cache line: vectors then do not straddle two.
    cells: Box<[UnsafeCell<T>]>,
    start: usize,
}

/// Bytes of a cache line.
pub(crate) const LINE: usize = 64;

/// Values that room for alignment takes.
const fn spare<T>() -> usize {
    LINE / if size_of::<T>() < LINE { size_of::<T>() } else { LINE }
}

// SAFETY: access from several threads goes through the unsafe functions below, whose callers promise that
// no range is written while another thread reads or writes it.
unsafe impl<T: Send + Sync> Sync for Shared<T> {}

impl<T: Copy + Default> Shared<T> {
    pub fn new(len: usize) -> Self {
        let spare = spare::<T>();
        let cells: Box<[_]> = (0..len + spare).map(|_| UnsafeCell::new(T::default())).collect();
        let start = cells.as_ptr().align_offset(LINE).min(spare);
        Self { cells, start }
    }

    #[inline]
    pub fn len(&self) -> usize {
        self.values().len()
    }

    #[inline]
    fn values(&self) -> &[UnsafeCell<T>] {
        &self.cells[self.start..][..self.cells.len() - spare::<T>()]
    }

    /// Reads a range.
    ///
    /// # Safety
    /// No other thread or slice writes the range while the result lives. The range is checked.
    #[inline]
    pub unsafe fn slice(&self, range: Range<usize>) -> &[T] {
        let cells = &self.values()[range];
        // SAFETY: UnsafeCell<T> has T's layout; aliasing is the caller's promise.
        unsafe { std::slice::from_raw_parts(cells.as_ptr().cast::<T>(), cells.len()) }
    }

    /// Writes a range.
    ///
    /// # Safety
    /// No other thread or slice reads or writes the range while the result lives. The range is checked.
    #[allow(clippy::mut_from_ref)]
    #[inline]
    pub unsafe fn slice_mut(&self, range: Range<usize>) -> &mut [T] {
        let cells = &self.values()[range];
        // SAFETY: as `slice`; the cells permit mutation.
        unsafe { std::slice::from_raw_parts_mut(cells.as_ptr().cast_mut().cast::<T>(), cells.len()) }
    }

    /// A pointer to a range, checked, for strided writes that share the range with other items' values.
    #[inline]
    pub fn pointer(&self, range: Range<usize>) -> *mut T {
        self.values()[range].as_ptr().cast_mut().cast::<T>()
    }

    /// Everything, when nobody else can have it.
    pub fn get_mut(&mut self) -> &mut [T] {
        let values = self.values();
        // SAFETY: `&mut self` excludes every other access; the cells permit mutation.
        unsafe { std::slice::from_raw_parts_mut(values.as_ptr().cast_mut().cast::<T>(), values.len()) }
    }

    /// Everything, between phases.
    pub fn get(&self) -> &[T] {
        // SAFETY: the executor calls this through `&self` only between phases, when nothing writes.
        unsafe { self.slice(0..self.len()) }
    }
}

/// A caller's buffer that work items write in disjoint parts.
pub(crate) struct View<'a, T>(&'a [UnsafeCell<T>]);

impl<T> Clone for View<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for View<'_, T> {}

// SAFETY: as for `Shared`.
unsafe impl<T: Send + Sync> Sync for View<'_, T> {}

impl<'a, T: Copy> View<'a, T> {
    pub fn new(values: &'a mut [T]) -> Self {
        // SAFETY: UnsafeCell<T> has T's layout, and the exclusive borrow lasts as long as the view.
        Self(unsafe { std::slice::from_raw_parts(values.as_mut_ptr().cast::<UnsafeCell<T>>(), values.len()) })
    }

    /// Writes a range.
    ///
    /// # Safety
    /// No other thread or slice reads or writes the range while the result lives. The range is checked.
    #[allow(clippy::mut_from_ref)]
    #[inline]
    pub unsafe fn slice_mut(&self, range: Range<usize>) -> &mut [T] {
        let cells = &self.0[range];
        // SAFETY: as `Shared::slice_mut`.
        unsafe { std::slice::from_raw_parts_mut(cells.as_ptr().cast_mut().cast::<T>(), cells.len()) }
    }
}
