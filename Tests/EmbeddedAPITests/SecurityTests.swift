import Testing

@testable import EmbeddedAPI

@Suite struct SecurityTests {
    @Test func theTokenStays() async throws {
        try await withFolder { folder in
            let token = try loadToken(folder: folder)
            #expect(token.count == 64)
            #expect(try loadToken(folder: folder) == token)
        }
    }
}
