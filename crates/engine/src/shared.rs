//! Buffers that several threads use at once, each in parts of its own.
//!
//! Who may read or write what, and for how long, is promised once, where a [`Reader`], a [`Writer`] or a slice is made;
//! what is made is safe to use.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::ops::Range;

/// A buffer of fixed size on cache lines.
pub(crate) struct Shared<T> {
    /// The values from `start` on, which lies on a cache line: vectors then do not straddle two.
    cells: Box<[UnsafeCell<T>]>,
    start: usize,
}

/// Bytes of a cache line.
pub(crate) const CACHE_LINE: usize = 64;

/// Values that room for alignment takes.
const fn spare<T>() -> usize {
    CACHE_LINE / if size_of::<T>() < CACHE_LINE { size_of::<T>() } else { CACHE_LINE }
}

// SAFETY: access from several threads goes through the unsafe functions below, whose callers promise that
// no range is written while another thread reads or writes it.
unsafe impl<T: Send + Sync> Sync for Shared<T> {}

impl<T: Copy + Default> Shared<T> {
    pub fn new(len: usize) -> Self {
        let spare = spare::<T>();
        let cells: Box<[_]> = (0..len + spare).map(|_| UnsafeCell::new(T::default())).collect();
        let start = cells.as_ptr().align_offset(CACHE_LINE).min(spare);
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

    /// Reads everything.
    ///
    /// # Safety
    /// Nothing writes the buffer while the result lives.
    #[inline]
    pub unsafe fn whole(&self) -> &[T] {
        // SAFETY: the caller's promise.
        unsafe { self.slice(0..self.len()) }
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

    /// The address of a range, which is checked.
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
}

/// The right to read some buffers, which nothing writes meanwhile.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a, T>(&'a [Shared<T>]);

impl<'a, T: Copy + Default> Reader<'a, T> {
    /// # Safety
    /// While this lives, or a slice that it gave, nothing writes the buffers.
    #[inline]
    pub unsafe fn new(buffers: &'a [Shared<T>]) -> Self {
        Self(buffers)
    }

    /// All of one buffer.
    #[inline]
    pub fn buffer(self, index: usize) -> &'a [T] {
        // SAFETY: the promise of `new`.
        unsafe { self.0[index].whole() }
    }
}

/// The right of one work item to write values of its own in some buffers, where they lie between those of other items.
pub(crate) struct Writer<'a, T>(&'a [Shared<T>]);

impl<'a, T: Copy + Default> Writer<'a, T> {
    /// # Safety
    /// While this lives, nothing else reads or writes the values that are written through it.
    #[inline]
    pub unsafe fn new(buffers: &'a [Shared<T>]) -> Self {
        Self(buffers)
    }

    /// One of the buffers.
    #[inline]
    pub fn buffer(&mut self, index: usize) -> Places<'_, T> {
        Places(&self.0[index])
    }
}

/// The part of a [`Writer`] in one buffer.
pub(crate) struct Places<'a, T>(&'a Shared<T>);

impl<T: Copy + Default> Places<'_, T> {
    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Writes a range, which is checked.
    #[inline]
    pub fn slice_mut(&mut self, range: Range<usize>) -> &mut [T] {
        // SAFETY: the promise of `Writer::new`; `&mut self` excludes a second slice.
        unsafe { self.0.slice_mut(range) }
    }

    /// The address of a range, which is checked, for writes between whose rows other items' values lie.
    #[inline]
    pub fn pointer(&mut self, range: Range<usize>) -> *mut T {
        self.0.pointer(range)
    }
}

/// A caller's buffer that work items write in parts of their own.
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
