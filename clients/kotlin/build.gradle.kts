plugins {
    kotlin("jvm") version "2.4.20"
    `java-library`
    `maven-publish`
}

allprojects {
    group = "im66"
    version = "0.1.0"
    repositories { mavenCentral() }
}

dependencies {
    api("com.squareup.okhttp3:okhttp:5.5.0")
    api("org.jetbrains.kotlinx:kotlinx-coroutines-core:1.8.0")
    // The signatures of org.json and of SQLite. Android brings both; programs for the JVM bring theirs, as example/ does.
    compileOnly("com.google.android:android:4.1.1.4")
}

kotlin { jvmToolchain(17) }

publishing { publications { create<MavenPublication>("im66-client") { from(components["java"]) } } }
