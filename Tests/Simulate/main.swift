import Simulation

let usage = """
    usage: simulate [--family NAME] [--first SEED] [--seeds COUNT] [--jobs COUNT]
                    [--report-every COUNT]
           simulate [--family NAME] --seed SEED      the story of one seed
           simulate --plan FILE                      the story of a scenario file
           simulate --digest --seed SEED             one line that identifies the trace
           simulate --handle-cost                    what a turn costs among 100 nodes
    families: \(RandomPlan.Family.allCases.map(\.rawValue).joined(separator: ", "))

    """

do {
    let options = try Options(CommandLine.arguments.dropFirst())
    let isRight = try await options.run()
    if !isRight { exitProcess(1) }
} catch {
    print("simulate: \(error)\n\(usage)", terminator: "")
    exitProcess(2)
}
