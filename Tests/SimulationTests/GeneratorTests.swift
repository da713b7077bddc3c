import Simulation
import Testing

@Suite struct GeneratorTests {
    @Test func oneSeedGivesThePublishedSequence() {
        // The first outputs of SplitMix64 for seed 1234567, as its author published them.
        var generator = Generator(seed: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
    }
}
