import Addressing
import Wire

/// All slots by number and by address, with the claims of this node counted and digested.
struct AddressSlots: Sendable {
    private(set) var count = 0
    private var storage: [AddressSlot] = []
    private var numberOf: [IPAddress: Int] = [:]
    /// Slot numbers, ascending by address.
    private(set) var ordered: [Int] = []
    /// This node's claims, as hellos state them.
    private(set) var ownDigest = ClaimDigest()
    /// The slots of this node's claims, ascending by address.
    private(set) var owned: [Int] = []
    /// The claims of those slots as hellos state them, in the same order.
    private(set) var statedClaims: [Hello.Claim] = []

    /// Grows with every change of what the placing of free addresses depends on.
    private(set) var revision: UInt64 = 0

    subscript(number: Int) -> AddressSlot {
        _read { yield storage[number] }
        _modify {
            let before = storage[number].revision
            yield &storage[number]
            if storage[number].revision != before { revision &+= 1 }
        }
    }

    func number(of address: IPAddress) -> Int? { numberOf[address] }

    /// The slot of the address, made when it is missing.
    mutating func demand(_ address: IPAddress) -> Int {
        if let number = numberOf[address] { return number }
        let number = storage.count
        storage.append(AddressSlot(address))
        numberOf[address] = number
        ordered.insert(number, at: firstPosition(notBefore: address))
        count += 1
        return number
    }

    /// Sets or takes back this node's claim. Whatever hellos state follows here and nowhere else:
    /// an address that is stated and not answered for would stay dark for ever.
    mutating func setOwn(_ number: Int, _ claim: OwnClaim?) {
        let position = ownedPosition(of: storage[number].address)
        if storage[number].own != nil {
            ownDigest.remove(statedClaims[position], addressHash: storage[number].hash)
            owned.remove(at: position)
            statedClaims.remove(at: position)
        }
        storage[number].own = claim
        revision &+= 1
        guard let stated = statedClaim(number) else { return }
        ownDigest.insert(stated, addressHash: storage[number].hash)
        owned.insert(number, at: position)
        statedClaims.insert(stated, at: position)
        storage[number].epochSeen = max(storage[number].epochSeen, stated.epoch)
    }

    private func ownedPosition(of address: IPAddress) -> Int {
        statedClaims.firstIndex(notBefore: { $0.address < address })
    }

    /// This node's claim as a hello states it: derived from what is answered for, never kept.
    func statedClaim(_ number: Int) -> Hello.Claim? {
        storage[number].own.map {
            Hello.Claim(
                storage[number].address, epoch: $0.epoch, isStrong: $0.isStrong,
                isOffered: $0.offer != nil, isWithheld: $0.isWithheld)
        }
    }

    /// Those that may be claimed, ascending by address.
    var free: [Int] { ordered.filter { isFree($0) } }

    func isFree(_ number: Int) -> Bool { storage[number].freeSince != nil }

    /// How many addresses each node holds in each of the groups that are wanted, by group and node;
    /// of the other groups nothing.
    func loads(inGroups isWanted: [Bool], nodes: Int) -> [[Int]] {
        var loads = isWanted.map { $0 ? [Int](repeating: 0, count: nodes) : [] }
        for number in storage.indices where storage[number].facts != nil {
            let group = storage[number].group
            guard isWanted[group] else { continue }
            if storage[number].own != nil { loads[group][NodeDirectory.ownIndex] += 1 }
            for index in storage[number].rivals.indices {
                loads[group][storage[number].rivals[index].node] += 1
            }
        }
        return loads
    }

    private func firstPosition(notBefore address: IPAddress) -> Int {
        ordered.firstIndex(notBefore: { storage[$0].address < address })
    }
}
