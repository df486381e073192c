//! Numbers in a row, shared: in memory of their own or in a mapped file.

use bytemuck::Pod;
use bytes::Bytes;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

/// Numbers that clones share.
#[derive(Debug, Clone)]
pub struct Buffer<T>(Inner<T>);

#[derive(Debug, Clone)]
enum Inner<T> {
    Owned(Arc<Vec<T>>),
    /// Whole and aligned: checked when it was made.
    Bytes(Bytes, PhantomData<T>),
}

impl<T: Pod> Buffer<T> {
    /// The numbers that bytes hold in this machine's order; `None` where they are not aligned or not whole.
    pub fn of_bytes(bytes: Bytes) -> Option<Self> {
        bytemuck::try_cast_slice::<u8, T>(&bytes).ok()?;
        Some(Self(Inner::Bytes(bytes, PhantomData)))
    }

    /// Bytes of memory of its own; what lies in a file takes none.
    pub fn owned_bytes(&self) -> usize {
        match &self.0 {
            Inner::Owned(numbers) => size_of_val(numbers.as_slice()),
            Inner::Bytes(..) => 0,
        }
    }
}

impl<T> From<Vec<T>> for Buffer<T> {
    fn from(numbers: Vec<T>) -> Self {
        Self(Inner::Owned(Arc::new(numbers)))
    }
}

impl<T> Default for Buffer<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T: Pod> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Inner::Owned(numbers) => numbers,
            Inner::Bytes(bytes, _) => bytemuck::try_cast_slice(bytes).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_numbers_where_they_are_aligned_and_whole() {
        let bytes = Bytes::from(7u64.to_ne_bytes().to_vec());
        assert_eq!(*Buffer::<u64>::of_bytes(bytes.clone()).unwrap(), [7]);
        assert!(Buffer::<u64>::of_bytes(bytes.slice(1..)).is_none());
        assert!(Buffer::<u32>::of_bytes(bytes.slice(2..6)).is_none());
    }
}
