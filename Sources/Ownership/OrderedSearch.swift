extension RandomAccessCollection where Index == Int {
    /// The first index whose element is not before what is searched, `endIndex` when all are; by
    /// halving.
    ///
    /// - Parameter isBefore: true for a beginning of the elements, false for all others.
    func firstIndex(notBefore isBefore: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
