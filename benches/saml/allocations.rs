//! How often something allocates.

/// How often `work` allocates.
pub fn allocations<T>(work: impl FnOnce() -> T) -> i64 {
    let count = allocation_counter::measure(|| drop(std::hint::black_box(work()))).count_total;
    i64::try_from(count).unwrap()
}
