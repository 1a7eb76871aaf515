rootProject.name = "im66-client"
include("example")
