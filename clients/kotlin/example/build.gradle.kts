plugins {
    kotlin("jvm")
    application
}

dependencies {
    implementation(project(":"))
    runtimeOnly("org.json:json:20250517")
    runtimeOnly("org.xerial:sqlite-jdbc:3.46.1.3")
}

kotlin { jvmToolchain(17) }
sourceSets { main { kotlin.srcDir(".") } }
application { mainClass = "ChatKt" }
tasks.named<JavaExec>("run") { standardInput = System.`in` }
